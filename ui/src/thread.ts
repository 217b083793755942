/**
 * The second script: what is needed from the moment a letter is to be sent - its way, the
 * codename, the list of words - and what a thread needs. It is fetched then, so that
 * a first look at a drop weighs little. The import of app.ts is what makes the build put everything that both
 * need into app.js, where it is already running: see bundleScripts in ui/build/page.go.
 */

import "./app.ts";

export { newCodename, threadKeys } from "./codename.ts";
export { arrivedView } from "./codenameview.ts";
export { Foot } from "./footview.ts";
export { wordsView } from "./wordsview.ts";
