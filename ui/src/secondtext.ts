/** The sentences of the second script: a letter's way, the twelve words and the thread. The same rules as in text.ts. */

import { bytes, count, date, isolated, plural } from "./locale.ts";

export const secondText = {
  // On its way.
  sealing: "Sealing.",
  sealed: (done: number, size: number) =>
    `Sealed so far: ${bytes(done, "floor")} of ${bytes(size)}. Nothing has left this browser yet.`,
  sending: "Sealed, and being sent.",
  arrived: (size: number) => `0 of ${bytes(size)} are on the server.`,
  handed: (handed: number) =>
    `${bytes(handed, "floor")} have been handed to the connection. They count when the server has said that it holds all of them.`,
  handedAll: "Everything has been handed to the connection. The server has not yet said that it holds it.",
  sendingCopy: "Your letter is on the server, sealed.",
  sendingCopyWhat:
    "Now a copy of its words, sealed so that only your twelve words open it, goes to where the answer will wait. Keep this page open for a moment.",
  slow: "The line is slow. Nothing is lost; keep this page open.",
  retrying: (seconds: number) =>
    plural(
      seconds,
      "It has not gone through yet. The same sealed letter goes again in a second, and is kept only once. Keep this page open.",
      (n) =>
        `It has not gone through yet. The same sealed letter goes again in ${n} seconds, and is kept only once. Keep this page open.`,
    ),
  cancel: "Cancel",
  cancelling: "Cancelling, and asking the server whether anything arrived.",

  // Failures on the way. First whether anything left this browser.
  someLeft: "Some of the sealed letter may have left this browser.",
  allLeft: "The sealed letter left this browser, and may have arrived.",
  earlierLeft: "Nothing more was sent. What was sent before may have arrived.",
  refused: "Your letter left this browser sealed, and the server did not take it.",
  sameAgain: "Trying again is safe: the same sealed letter goes, and the server keeps it once.",
  cancelledLeft: "Some of the sealed letter had left this browser.",
  cancelledNothing: "You cancelled before anything had left this browser.",
  cancelledGone: "You cancelled while it was on its way. The server says that it has no letter of yours.",
  cancelledErased: "You cancelled, but the letter had arrived. It was erased from the server; it may already have been read.",
  cancelledUnsure: (days: number) =>
    plural(
      days,
      "You cancelled, and the server could not be asked whether the letter had arrived. If it has, it can be read, and is erased after a day.",
      (n) =>
        `You cancelled, and the server could not be asked whether the letter had arrived. If it has, it can be read, and is erased after ${n} days.`,
    ),
  serverClosed: {
    wrong: "The server no longer takes letters for this drop. It was taken down while you wrote.",
    todo: "Copy your letter if you need it, and ask the person who gave you the link for a new one.",
  },
  serverTooLarge: {
    wrong: "The letter is larger than the server takes.",
    todo: "Remove a file or shorten the letter, and try again.",
  },
  serverConflict: {
    wrong: "The server holds something else in the place of this letter.",
    todo: "Try again: the letter is sealed anew and gets another place.",
  },
  serverUnsealed: {
    wrong: "The server did not recognise the letter as sealed, so this page and this server do not fit together.",
    todo: "Copy your letter, open the link again in a new window, and try it there.",
  },
  brokeOff: {
    wrong: "The line broke before the server had said that it holds your letter.",
    todo: "Look whether this device is connected, and try again.",
  },
  file: {
    wrong: "An enclosed file could not be read, or it changed while it was read.",
    todo: "Remove it and enclose it again, then try again.",
  },
  fileNamed: (name: string) => ({
    wrong: `${isolated(name)} could not be read. It was moved, deleted or changed after you enclosed it.`,
    todo: "Remove it, or enclose it again, then try again.",
  }),

  // On the server.
  done: "Your letter is on the server, sealed.",
  doneWhat: (title: string, day: number) =>
    `Only ${isolated(title)} can open it. It waits there until it is collected, and until ${date(day)} at the latest. Then it is erased.`,
  doneClose: "Nothing of it is stored in this browser. You can close this page.",
  withdraw: "Take it back",
  withdrawHint: "You can take it back only while this page stays open.",
  withdrawing: "Asking the server to erase it.",
  withdrawn: "Your letter was erased from the server.",
  withdrawnWhat: "It may already have been read.",
  withdrawnGone: "Your letter is no longer there.",
  withdrawnGoneWhat: "It was collected, taken back before, or has expired.",
  withdrawFailed: "The server could not be asked. Your letter may still be there. Try again.",
  another: "Write another letter",

  // The letter is there, its copy is not.
  halfCopy: "The copy that your twelve words need is not there yet. Without it they could not show you an answer.",
  halfNext: "The copy for yourself is not there yet. Without it this letter is missing when you open your thread again.",
  halfAgain: "Try the copy again",
  halfSending: "Sending the copy.",
  halfWithout: "Go on without an answer",
  halfWithoutNext: "Go on without the copy",

  halfLoss: {
    title: "Go on without an answer?",
    what: "Your letter is on the server, but the copy that your twelve words need is not. Once this page is gone, nobody can answer you.",
    no: "Stay here",
    yes: "Go on without",
  },
  halfLossNext: {
    title: "Go on without the copy?",
    what: "Your letter is on the server, but the copy for yourself is not. Once this page is gone, the letter is missing when you open your thread again.",
    no: "Stay here",
    yes: "Go on without",
  },

  // Keeping the twelve words.
  keepLoss: {
    title: "Have you kept the twelve words?",
    what: "This page is about to forget them, and nobody can give them to you again.",
    no: "Back to the words",
    yes: "I have kept them",
  },
  keep: "Twelve words, for the answer",
  keepWhat: "If you want an answer, keep these twelve words. They are the only way back, and nobody can give them to you again.",
  keepWhere: (host: string) =>
    `You come back at this address, which is no secret: ${isolated(host)}. Whoever has the words can read every answer that is still there, and write in your place. Written down by hand, they leave no trace on this device.`,
  keepWords: "The twelve words",
  keepCopy: "Copy",
  keepCopied: "The words are in this device’s clipboard, where other programs can read them. Paste them where you keep them, then copy something else.",
  keepCopyFailed: "This browser does not let the page copy. The words are marked: copy them by hand.",
  keepPrint: "Print",
  keepTitle: "Notes",
  keepPrinted: "The sheet has the words and nothing else. If the preview shows the address of this page on it, switch off “headers and footers”.",
  keepSave: "Save as a text file",
  keepSaved: (name: string) =>
    `The file ${isolated(name)} holds the words and nothing else. The browser’s list of downloads names it, too: erase it there.`,
  keepNext: "I have kept them",
  check: "Two of them, to be sure",
  checkWhat: "Look at what you have kept, and enter these two words.",
  checkWord: (n: number) => `Word ${count(n)}`,
  checkDo: "Compare",
  checkEmpty: "Enter both words, or skip this.",
  checkWrong: (n: number) => `Word ${count(n)} is another one. Look once more, or see the words again.`,
  checkShow: "Show the words again",
  checkSkip: "Skip this",
  kept: "Both words are right.",
  keptSkipped: "Look after the words.",
  keptBack: (host: string) =>
    `To look for an answer, open ${isolated(host)} and choose “I have a codename”. The link is not needed for that. Nothing will tell you that an answer is there: come back and look.`,
  keptUntil: (day: number) => `The words open your thread until ${date(day)}, and longer when you write again.`,
  keptClose: "Neither the letter nor the words are stored in this browser. You can close this page.",
  withdrawHintWords: "You can take it back now, and later with the twelve words, as long as it has not been collected.",

  // Entering the words.
  words: "Your twelve words",
  wordsWhat:
    "Enter the words that you have kept, in their order. They do not leave this browser, and are not stored: the page works out from them where your letters are, and how to open them.",
  wordsLabel: "Twelve words, with spaces between them",
  wordsOpen: "Open the thread",
  wordsSoFar: (n: number) => plural(n, "One word of twelve so far.", (many) => `${many} words of twelve so far.`),
  wordsAll: "Twelve words, and they fit together.",
  wordsMany: (n: number) => `These are ${count(n)} words. A codename has twelve.`,
  wordsFew: (n: number) => plural(n, "This is one word. A codename has twelve.", (many) => `These are ${many} words. A codename has twelve.`),
  wordsNone: "Enter your twelve words first.",
  wordsUnknown: (n: number, word: string) => `Word ${count(n)}, ${isolated(word)}, is not one of the words that codenames are made of.`,
  wordsTake: (word: string) => `Take ${word}`,
  wordsMeant: "Did you mean one of these?",
  wordsChecksum:
    "Each of these words exists, but together they are no codename. At least one is another than the one you kept, or two have changed places.",
  wordsTaken: (n: number, word: string) => `Word ${count(n)} is now ${word}.`,
  opening: "Looking for your letters.",
  openingWhat: "The words stay here. The server is asked for what waits in the mailbox that they name.",
  openingRead: (n: number, all: number) =>
    plural(all, `${count(n)} of 1 letter is here.`, (many) => `${count(n)} of ${many} letters are here.`),
  nothingHere: "There is nothing under these words.",
  nothingHereWhat: {
    wrong:
      "They fit together, but this server has no letters for them. One word may be another than the one you kept. Or what was here has expired, the thread was closed, or it is on another server: the server cannot tell these apart.",
    todo: "Compare every word, and the address above, with what you kept.",
  },
  links: {
    wrong: "The copies under these words name different drops. That should not be possible, so nothing of them is shown.",
    todo: "Do not write here. If somebody else may have the words, take them for lost.",
  },

  clock: {
    wrong: "The server did not take this page’s word for whose letters these are. That happens when its clock has just been changed.",
    todo: "Wait a minute and try again.",
  },

  // The thread.
  threadUnnamed: "Your letters",
  threadOf: "Your letters and the answers to them, the oldest first.",
  threadOwn: (day: number) => `Your letter of ${date(day)}`,
  threadReply: (day: number) => `Answer of ${date(day)}`,
  stateWaiting: "On the server. As far as is known here, it has not been collected.",
  stateCollected: (day: number) => `Collected by the recipient, on ${date(day)} or before.`,
  stateAnswered: "Answered.",
  deletedHere:
    "You deleted this answer, or another with its number, and it is there all the same: the server has kept it, or the recipient has gone on from a backup. You can delete it again.",
  stateUnknown: "Whether it has been collected cannot be told while answers cannot be checked.",
  stateGone: "No longer on the server: it was collected, taken back, or has expired.",
  until: (day: number) => `Erased from the server after ${date(day)}.`,
  noWords: "Without a message.",
  cut: "The letter was longer: your copy keeps only its beginning.",
  answersTitle: "What you were asked",
  ownFiles: (n: number) =>
    plural(n, "One file went with it. The copy for yourself has only its name.", (many) => `${many} files went with it. The copy for yourself has only their names.`),
  replyFiles: (n: number) => plural(n, "One file came with it.", (many) => `${many} files came with it.`),
  filesCaution:
    "Saving puts a file on this device, where it stays. Opening it can tell others that you have it: some files fetch something from the network, or hold a mark that only your copy has. Open it without a connection, on a device of your own.",
  moreFiles: (n: number) => plural(n, "Show one more file", (many) => `Show ${many} more files`),
  save: "Save",
  saveFile: (name: string, size: number) => `Save ${isolated(name)}, ${bytes(size)}`,
  saved: (name: string) => `${isolated(name)} was handed to the browser to be saved.`,
  gap: (n: number) =>
    plural(
      n,
      "One letter is missing here: it has expired, or the server has lost or withheld it.",
      (many) => `${many} letters are missing here: they have expired, or the server has lost or withheld them.`,
    ),
  noAnswer: "There is no answer yet. The words are right: come back and look again.",
  nothingLeft: "There is nothing here any more.",
  opensUntil: (day: number) => `The words open this thread until ${date(day)}, and longer when you write again.`,
  lookAgain: "Look again",
  looking: "Looking for new letters.",
  lookedNew: (n: number) => plural(n, "One letter is new.", (many) => `${many} letters are new.`),
  lookedNothing: "Nothing new is there.",
  lookFailed: (wrong: string) => `Nothing of yours was sent. ${wrong} What is shown is as it was before.`,

  // What is to be said of a thread.
  closedBy: (day: number) =>
    `The recipient closed this thread on ${date(day)}. What you write after that would be discarded unread, so you cannot write here any more.`,
  elsewhere: (origin: string) =>
    `Your letters went to a drop at ${isolated(origin)}. Answers can only be checked, and letters only be written, there: open that address and choose “I have a codename”.`,
  unverified: (n: number) =>
    plural(
      n,
      "One answer is here that cannot be checked, so it is not shown. It is not lost.",
      (many) => `${many} answers are here that cannot be checked, so they are not shown. They are not lost.`,
    ),
  unreadable: (wrong: string) => `The recipient’s card, by which answers are checked, could not be used. ${wrong}`,
  cardExpired: "It has expired: this drop is no longer tended, or the clock of this device is wrong.",
  cardFuture: "By the clock of this device it was made on a day that has not come: the clock may be wrong.",
  ownerless: "What is here cannot be checked, because no copy of yours says which drop you wrote to.",
  notGenuine: (n: number) =>
    plural(
      n,
      "One more thing lies in this mailbox that neither you nor the recipient wrote, or that is damaged. It is not shown.",
      (many) => `${many} more things lie in this mailbox that neither you nor the recipient wrote, or that are damaged. They are not shown.`,
    ),
  leftOut: (n: number) =>
    plural(
      n,
      "One more letter is too large for this page. In a terminal, “transom replies” reads it.",
      (many) => `${many} more letters are too many or too large for this page. In a terminal, “transom replies” reads them.`,
    ),

  // Writing again.
  writeAgain: "Write again",
  sent: "Your letter is on the server, sealed.",
  sentWithout: "Your letter is on the server, sealed, but without a copy: when you open the thread again, it is not shown.",

  // Erasing.
  erase: "Delete for good",
  eraseOf: (day: number) => `Delete for good: the answer of ${date(day)}`,
  eraseAsk: "Delete this answer for good?",
  eraseWhat:
    "It is erased from the server and from this page, and nobody can bring it back. What the recipient keeps of it is not touched, and files that you saved stay where they are. A sealed note for yourself remembers only that it was you who deleted it.",
  eraseNo: "Keep it",
  erasing: "Asking the server to erase it.",
  erased: "The answer was erased from the server.",
  eraseFailed: (wrong: string) => `The answer may still be on the server. ${wrong} Try again.`,
  withdrawOf: (day: number) => `Take it back: your letter of ${date(day)}`,
  withdrawAsk: "Take this letter back?",
  withdrawWhat:
    "If it still waits on the server, it is erased there, and so is your copy of it. If it has been collected, the recipient has it, and nothing here can change that.",
  withdrawNo: "Leave it there",
  withdrawnHere: "Your letter was erased from the server. It may already have been read.",
  withdrawnGoneHere: "Your letter was no longer there: it was collected, taken back before, or has expired.",
  close: "Close this thread",
  closeAsk: "Close this thread?",
  closeWhat:
    "What has not been collected is taken back, and the recipient is told, if they know of the thread, that you have closed it. Then everything under your twelve words is erased from the server: every answer, and every copy of what you wrote. The words open nothing after that.",
  closeNo: "Leave it open",
  closing: "Closing the thread.",
  closeFailed: (wrong: string) => `The thread is not wholly closed. ${wrong} What is erased stays erased. Try again.`,
  closed: "The thread is closed.",
  closedWhat: "Everything under your twelve words was erased from the server. They open nothing any more.",
  closedWithdrawn: (n: number) =>
    plural(
      n,
      "One letter had not been collected, and was taken back. It may already have been read.",
      (many) => `${many} letters had not been collected, and were taken back. They may already have been read.`,
    ),
  closedGone: (n: number) =>
    plural(
      n,
      "One letter was no longer there to be taken back: it was collected, or has expired.",
      (many) => `${many} letters were no longer there to be taken back: they were collected, or have expired.`,
    ),
  closedTold: "The recipient will be told when they next collect. What they have collected, they have.",
  closedUntold: "The recipient could not be told that you have closed it. What they have collected, they have.",
  closedUnknown: "Nothing shows that the recipient has begun this thread, so there was nobody to tell.",
  elseTo: "Write to somebody else",
};
