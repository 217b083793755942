/**
 * The second script: what only a thread needs - the codename, the list of words,
 * reading what was received. It is fetched when there is a thread to keep or
 * to open. The import of app.ts is what makes the build put everything that both
 * need into app.js, where it is already running: see bundleScripts in ui/build/page.go.
 */

import "./app.ts";

export { newCodename, threadKeys } from "./codename.ts";
export { halfView, keepView } from "./codenameview.ts";
export { wordsView } from "./wordsview.ts";
