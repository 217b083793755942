/**
 * The second script: what only a codename needs - the word list, the twelve words,
 * the thread. It is fetched when it is wanted, and shares everything else with the
 * first, which is imported whole so that nothing is there twice.
 */

import "./app.ts";

export {};
