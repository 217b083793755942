/**
 * Every sentence of the page. Whole sentences only, functions where something is
 * inserted: other languages order words differently. A translation is another
 * object of this type with its own locale.
 *
 * Order of every failure: whether anything left this browser, what is wrong, what
 * to do next.
 */

import { bytes, count, date, isolated, plural } from "./locale.ts";

export const text = {
  leave: "Leave",
  leaveHint: "Wipes this page at once and opens Wikipedia in its place. Pressing Shift three times does the same.",

  // Without a link.
  welcome: "A letter, over the transom.",
  welcomeWhat:
    "Here you can send a sealed letter, with files if you like, to somebody who has given you a link. It is sealed in this browser. The server keeps it for a while and cannot open it, and nobody asks who you are.",
  welcomeName:
    "A transom is the window above a door. Manuscripts that nobody had asked for used to arrive through it, and nobody saw who had brought them.",
  pasteLabel: "Paste your link here",
  pasteAgain: "Another link",
  pasteOpen: "Open",
  pasteShort: (missing: number) =>
    plural(missing, "One character is still missing.", (n) => `${n} characters are still missing.`),
  pasteNoCode: "A link ends in # and a code that begins with drop1.",
  pasteWhole: "The link is whole.",
  pasteChecksum: "A character in this link is missing or wrong.",
  pasteVersion: "This link is of a newer kind, which this page does not know.",
  pasteOther: (origin: string) => `This link belongs to another server: ${isolated(origin)}`,
  otherTitle: "This link leads elsewhere.",
  otherWhat: (origin: string) =>
    `Nothing was sent. The link belongs to another server, ${isolated(origin)}, and this page does not take you there by itself.`,
  otherDo: "If you trust that address, copy this into the address bar of a private window:",

  // Reading the card.
  reading: "Reading the card.",
  readingWhat: "The card says who the letter is for. Nothing of yours is sent.",
  readingSlow: "The line is slow. The page keeps trying.",

  // The card and the letter.
  tended: (day: number) => `Tended until ${date(day)}.`,
  noticesTitle: "Notices",
  questionsTitle: "You are asked",
  questionNeeded: "An answer is needed.",
  questionOptional: "You can leave this out.",
  questionScale: "1 is the least, 5 is the most.",
  questionNone: "No answer",
  questionMissing: (label: string) => `A question still needs an answer: ${isolated(label)}`,
  answerTooLong: (label: string, size: number, largest: number) =>
    `An answer is too long, ${bytes(size)} of at most ${bytes(largest, "floor")}: ${isolated(label)}`,
  answersTooLong: "The answers are too long together. Put the longer part into the letter.",
  letter: "Your letter",
  files: "Enclosures",
  enclose: "Enclose files",
  encloseHint: "or drop them anywhere on this page",
  encloseDrop: "Let go to enclose.",
  noFiles: "This drop takes letters without files.",
  enclosed: (n: number, size: number, largest: number) =>
    plural(
      n,
      `Enclosed: 1 file, ${bytes(size)} of at most ${bytes(largest, "floor")}, sealed.`,
      (many) => `Enclosed: ${many} files, ${bytes(size)} of at most ${bytes(largest, "floor")}, sealed.`,
    ),
  room: (largest: number) => `At most ${bytes(largest, "floor")} together.`,
  tooLarge: (size: number, largest: number) =>
    `This is more than fits: ${bytes(size)} of at most ${bytes(largest, "floor")}, sealed. Remove something.`,
  tooLong: (size: number, largest: number) =>
    `The letter itself is too long: ${bytes(size)} of at most ${bytes(largest, "floor")}. Enclose the longer part as a file.`,
  tooMany: (largest: number) => `A letter holds at most ${count(largest)} files. Put them into one archive first.`,
  folder: (name: string) =>
    `${isolated(name)} is a folder, and a letter holds only files. Open it and choose the files, or put it into one archive first.`,
  remove: "Remove",
  removeFile: (name: string) => `Remove ${isolated(name)}`,
  removed: (name: string) => `${isolated(name)} is no longer enclosed.`,
  reply: "An answer",
  replyWhat:
    "When your letter is on the server, you get twelve words. With them, and with nothing else, you can look here for an answer, and write again.",
  replyNone: "No reply wanted",
  replyNoneWhat: "Then there are no words to keep. Nobody can answer you or ask you anything, and you cannot add to this letter.",
  replyNever: "This drop does not answer. If you want to be reached, your letter has to say how, and that can say who you are.",
  codename: "I have a codename",
  codenameWhat: "You have written before, and kept twelve words.",
  fetching: "One moment.",
  fetchingWhat: "A part of this page is being loaded. Nothing of yours is sent.",
  send: "Seal and send",
  empty: "The letter is empty. Write something, or enclose a file.",

  // What will be known.
  known: "What will be known",
  knownWho: "Who you are",
  knownWhoNetwork: "Not asked, not kept. While you are connected, this server’s network sees your address, unless you use Tor.",
  knownWhoOnion: "Not asked, not kept. You came through Tor: your address is not visible to this server.",
  knownWhat: "What you write",
  knownWhatSealed: (title: string) => `Sealed in this browser. Only ${isolated(title)} can open it. The server cannot.`,
  knownWhen: "When",
  knownWhenDays: (days: number) =>
    plural(
      days,
      "The day is kept, for one day, then everything is erased.",
      (n) => `The day is kept, for ${n} days, then everything is erased.`,
    ),
  more: "More, before you write",
  moreParts: [
    [
      "What a file can give away",
      "Files are sent exactly as they are. A photo can hold the place, the time and the camera. A document can hold the names of those who wrote, changed or printed it, and a mark that only your copy has. File names are sent too; the dates of files are not.",
    ],
    [
      "What your style can",
      "People are recognised by favourite phrases and mistakes, and by what only a few could know. Write plainly, and leave out what is not needed.",
    ],
    [
      "Why not from work",
      "A computer or network that belongs to an employer can record keys, screens and addresses, whatever a page does. Use a device of your own, somewhere else.",
    ],
    [
      "What this browser keeps",
      "The secret part of the link is out of the address bar, but the browser’s history still has it. Open the link in a private window, or erase it from the history. Extensions can read a page as you write; most are off in a private window. Your letter itself is stored nowhere here: closing or reloading the page empties it.",
    ],
    [
      "What the server sees",
      "That a letter came, on which day, and its size in coarse steps; a very large one can stand out. While you are connected it also sees that somebody is. An honest server keeps nothing that tells who; what the letter says, no server can tell.",
    ],
    [
      "What an answer gives away",
      "Answers wait in a mailbox of their own, and nothing that is stored links it to this drop. But while you send or look for an answer, a server that watches can see which mailboxes one connection asks for. Whoever gets your twelve words can read every answer that is still there, and write in your place.",
    ],
    [
      "How to leave quickly",
      "Leave, in the corner, or Shift pressed three times, empties this page at once and opens Wikipedia in its place. The browser’s history still shows that you were here.",
    ],
    [
      "How to check this page",
      "It seals your letter with its own code, which this server sends each time; a dishonest server could send other code. Compare the address above with the one in your link, letter by letter. If much depends on it, do not rely on a page: send from a terminal with “transom send”, from a copy that you have got elsewhere.",
    ],
  ] as [string, string][],

  // Before a letter is lost.
  discard: {
    title: "Discard this letter?",
    what: "The letter on this page is not on the server, and it would be lost.",
    no: "Keep writing",
    yes: "Discard it",
  },

  // Failures. First whether anything left this browser.
  nothingSent: "Nothing was sent.",
  doNotWrite: "Nothing was sent. Do not write here.",
  stillHere: "Your letter is still on this page.",
  retry: "Try again",

  linkDamaged: {
    wrong: "This link is damaged: a character is missing or wrong.",
    todo: "Ask for it again, or paste it here.",
  },
  linkOther: {
    wrong: "What stands after # in this address is not the code of a drop.",
    todo: "Look at the link that you were given, and paste it here whole.",
  },
  linkNewer: {
    wrong: "This link is of a newer kind, which this page does not know.",
    todo: "Ask the person who gave it to you where to open it.",
  },
  linkOrigin: {
    wrong: "The address before # in this link is not that of a server.",
    todo: "Look at the link that you were given, and paste it here whole.",
  },
  cardUnknown: {
    wrong: "This server has no drop for this link. It was taken down, or the link belongs to another server.",
    todo: "Compare the address above with the one in your link. If they agree, ask the person who gave it to you.",
  },
  cardChanged: {
    wrong:
      "The card that this server gave out does not belong to your link. It was exchanged, changed or broken, and somebody may want to read what is meant for another.",
    todo: "Tell the person who gave you the link, by another way than this server, and ask for another way to reach them.",
  },
  cardNewer: {
    wrong: "The card behind this link is of a newer kind, which this page does not know.",
    todo: "Try again later. If it stays so, tell the person who gave you the link.",
  },
  cardUnreadable: {
    wrong: "The card behind this link is signed as it should be, but this page cannot make sense of it.",
    todo: "Tell the person who gave you the link, by another way than this page.",
  },
  cardFuture: (published: number, now: number) => ({
    wrong: `The card behind this link was made on ${date(published)}, and by the clock of this device that day has not come: here it is ${date(now)}.`,
    todo: "If the clock is wrong, set it right and open the link again. If it is right, do not write here, and tell the person who gave you the link.",
  }),
  cardExpired: (expires: number, now: number) => ({
    wrong: `This drop is no longer tended. Its keys expired on ${date(expires)}.`,
    todo: `Ask the person who gave you the link for a new one. If it is not ${date(now)} today, the clock of this device is wrong: set it right and open the link again.`,
  }),
  cardKeyless: (now: number) => ({
    wrong: `This drop is no longer tended: it has no key for ${date(now)}, which is today by the clock of this device.`,
    todo: "Ask the person who gave you the link for a new one. If the clock is wrong, set it right and open the link again.",
  }),
  serverStrange: {
    wrong: "What answered is not a Transom server that this page understands.",
    todo: "Compare the address above with the one in your link. If they agree, try again later.",
  },
  serverBusy: { wrong: "The server has too much to do at the moment.", todo: "Wait a few minutes and try again." },
  serverFull: { wrong: "The server has no room for another letter.", todo: "Try again in some hours." },
  serverBroken: { wrong: "The server has failed.", todo: "Wait a few minutes and try again." },
  part: {
    wrong: "A part of this page, which is fetched only when it is needed, did not arrive.",
    todo: "Look whether this device is connected, and try again.",
  },
  network: { wrong: "The server cannot be reached.", todo: "Look whether this device is connected, and try again." },
  timeout: { wrong: "The server did not answer in time.", todo: "Look whether this device is connected, and try again." },
  insecure: {
    wrong: "This page came over a connection that others can read and change, and there a browser seals nothing.",
    todo: "Open the link with https in front. An onion address opens in Tor Browser.",
  },
  browser: {
    wrong: "This browser is too old to seal a letter.",
    todo: "Open the link in a current Firefox, Chrome, Safari or Tor Browser.",
  },
  own: {
    wrong: "This page has failed, by a mistake of its own.",
    todo: "Copy your letter if you need it, open the link again in a new window, and try it there.",
  },
};
