/** What the page shows at a time, and what would be lost with it. */

import type { Question } from "./ask.ts";

export interface Room {
  readonly nodes: readonly Node[];
  /** What to ask before something is lost with the room: a letter that is not on the server, or words that nobody has kept. */
  loses?(): Question | undefined;
  /** Takes files that were dropped on the page. */
  enclose?(files: readonly File[], folders: readonly string[]): void;
  /** Forgets everything. The room is not shown again. */
  wipe?(): void;
}

/** What a room can ask of the page. */
export interface House {
  /** Shows another room in place of this one, which is wiped. */
  show(room: Room): void;
  /** Reads a sentence out to who cannot see the page, without hurry. */
  say(words: string): void;
  /** Closes the pane above the title, or opens it. */
  shut(is: boolean): void;
  /** Goes back to the page without a link. */
  home(): void;
}
