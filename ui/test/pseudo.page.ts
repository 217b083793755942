/** The page in pseudo-translation: the words are exchanged before anything reads them. */

import "./pseudo.ts";
import "../src/app.ts";
