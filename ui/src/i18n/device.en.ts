// What a person reads while they change a device, bring keys to another one, and compare two Keyfobs, in English.

import type { ComparedSettings, DeviceChangeView, ErrorCode, Here, LeftOut, MovedBy, RestoredView, RowState, Side, VaultDifference } from "../ipc/backend";

const times = (n: number, one: string, many: string): string => (n === 1 ? one : many.replace("#", n.toLocaleString("en")));

/** Those that Keyfob's page has more to say about than Rust. */
export const deviceErrors: Partial<Record<ErrorCode, { message: string; remedy: string }>> = {
  change_none: { message: "No change of device is under way", remedy: "Begin one, or reopen the last." },
  change_under_way: { message: "A change of device is under way already", remedy: "Go on with it, or drop it first." },
  change_codes_left: { message: "Recovery codes are only on the device that is to be wiped", remedy: "Print them; or write a transfer file again, and check the account once it is taken in; or skip them." },
  change_not_safe: { message: "Some accounts were neither checked nor waived", remedy: "Check each that is left with a code of the other device, or waive it. Where there is no account at all, there is nothing to finish; those that only a newer Keyfob understands need that." },
  transfer_nothing: { message: "None of these accounts fits into such a code", remedy: "Show the QR code of each by itself, or write a transfer file." },
};

/** What differs, and what to do about it; `other` is what the other device is called. */
function difference(found: VaultDifference, other: string): { what: string; todo: string } {
  const where = (side: Side): string => (side === "here" ? "here" : `on ${other}`);
  const elsewhere = (side: Side): string => (side === "here" ? `on ${other}` : "here");
  switch (found.kind) {
    case "missing":
      return found.side === "here"
        ? { what: `Missing here: only ${other} has it.`, todo: "If you use it, bring it here: show its QR code there, or write a transfer file there and take it in here." }
        : { what: `Missing on ${other}: only this Keyfob has it.`, todo: "If you use it there, bring it over: show its QR code here, or write a transfer file." };
    case "key":
      return { what: "Another key: the two make different codes.", todo: "One of them is old. Sign in at the service with a code of one; the one that it accepts is right, and the other is to be replaced." };
    case "settings":
      return { what: `Other settings: here ${settings(found.here)}; on ${other} ${settings(found.there)}.`, todo: "The two make different codes from one key. Keep the one whose code the service accepts, and add the other again from its QR code." };
    case "counter":
      return { what: `The counter is ${times(Number(found.by), "1 step", `${found.by} steps`)} ahead ${where(found.ahead)}.`, todo: `Codes ${elsewhere(found.ahead)} were used up by the service, or soon are. Check a code of the account: Keyfob offers to set the counter.` };
    case "names":
      return { what: `On ${other} it is called “${[found.issuer, found.label].filter(Boolean).join(" · ") || "without a name"}”.`, todo: "Rename one of them, so that you find it under one name." };
    case "void":
      return gone(found.why, where(found.side), elsewhere(found.side));
    case "recovery_codes":
      return { what: codes(found, other), todo: codesTodo(found, other) };
  }
}

function settings({ type, algorithm, digits, period }: ComparedSettings): string {
  const names = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
  const kinds = { totp: "TOTP", hotp: "HOTP", steam: "Steam" };
  return [kinds[type], names[algorithm], `${digits} digits`, ...(period === null ? [] : [`${period} s`])].join(", ");
}

function gone(why: "off" | "trash" | "purged", where: string, elsewhere: string): { what: string; todo: string } {
  switch (why) {
    case "off":
      return { what: `2FA is off for it ${where}, but not ${elsewhere}.`, todo: `Look at the service whether 2FA is on. If it is off, note that ${elsewhere} too; its codes there are dead.` };
    case "trash":
      return { what: `In the trash ${where}, and still in use ${elsewhere}.`, todo: "Put it back from the trash, or delete it on both." };
    case "purged":
      return { what: `Deleted for good ${where}, and still there ${elsewhere}.`, todo: `Delete it ${elsewhere} too, or bring it back from there.` };
  }
}

type Codes = Extract<VaultDifference, { kind: "recovery_codes" }>;

function codes({ only_here, only_there, used_here, used_there }: Codes, other: string): string {
  const said = [
    ...(used_there > 0 ? [times(used_there, `1 was used, or is void, on ${other} and is still offered here`, `# were used, or are void, on ${other} and are still offered here`)] : []),
    ...(used_here > 0 ? [times(used_here, `1 was used, or is void, here and is still offered on ${other}`, `# were used, or are void, here and are still offered on ${other}`)] : []),
    ...(only_here > 0 ? [times(only_here, "1 that can be used is only here", "# that can be used are only here")] : []),
    ...(only_there > 0 ? [times(only_there, `1 that can be used is only on ${other}`, `# that can be used are only on ${other}`)] : []),
  ];
  return `Recovery codes: ${said.join("; ")}.`;
}

function codesTodo({ only_here, only_there, used_here, used_there }: Codes, other: string): string {
  const todo = [
    ...(used_there > 0 ? ["Mark as used here what was used there"] : []),
    ...(used_here > 0 ? [`mark as used on ${other} what was used here`] : []),
    ...(only_here + only_there > 0 ? ["where the service has issued new ones since, only the newest count: keep those on both"] : []),
  ].join("; ");
  return `${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`;
}

const leftOut: Record<LeftOut, string> = {
  steam: "Steam’s codes are not Google’s",
  digits: "Google’s codes hold 6 or 8 digits only",
  period: "Google’s codes hold 30 seconds only",
  counter: "its counter is too high for Google’s codes",
  long: "its key or its names are too long for a QR code",
};

const by: Record<MovedBy, string> = {
  qr: "by its QR code",
  google_qr: "by a code with several",
  file: "by a file",
  enrolled_again: "enrolled again",
  otherwise: "by hand",
};

const states: Record<RowState, string> = { to_move: "To move", to_check: "To check", checked: "Checked", waived: "Waived" };

const choices: Record<Here, string> = { old: "I am moving to another device", new: "I have moved to this one" };

export const device = {
  open: "Changed my device",
  openHint: "Changed my device (Ctrl Shift D)",
  title: "Another device",
  back: "Back to the codes",
  parts: { change: "Changed my device", compare: "Compare two Keyfobs" },
  loading: "Looking through your accounts…",
  moment: "One moment…",
  notice: "A change of device is under way. Do not wipe the old device before it is done.",
  goOn: "Go on with it",
  arrivedNotice: "Your accounts came from another device. Check that both give the same codes before you wipe the old one.",
  checkNow: "Check them",
  notNow: "Not now",

  settingsTitle: "Another device",
  settingsText: "Bring your accounts to a new phone or computer, or make sure that two devices give the same codes.",
  compareOpen: "Compare with another Keyfob",

  // Begin.
  beginText: "A new phone, a restored laptop, another authenticator app: this leads through it, account by account, until the old device is safe to wipe.",
  whichTitle: "What has changed?",
  choices,
  otherName: { old: "What the new device is called", new: "What the old device is called" } as Record<Here, string>,
  otherHint: "for example Zoe’s new phone",
  stepsTitle: "What will happen",
  steps: {
    old: [
      "Each account goes to the other device: by its QR code, several in one code, or in a file.",
      "You type one code of the other device for each, and Keyfob says whether both are in sync.",
      "Once every account is checked, or waived by you, Keyfob says that this device is safe to wipe. You can stop at any time and go on days later.",
    ],
    new: [
      "Every account that is here stands in a table. One that only the old device has is to be added first.",
      "You type one code of the old device for each, and Keyfob says whether both are in sync.",
      "Once every account is checked, or waived by you, and the old device shows none that is missing here, it is safe to wipe. You can stop at any time and go on days later.",
    ],
  } as Record<Here, string[]>,
  begin: "Begin",
  beginAnother: "Change to another device",
  takeIn: "Take in a file…",

  // Under way.
  summary: ({ here, begun_here: mine, other }: DeviceChangeView, date: string) =>
    here === "old" ? `From ${mine ? "this device" : "the old device"} to “${other}”, begun ${date}${mine ? "" : " on the old device"}.` : `From “${other}” to ${mine ? "this device" : "the new device"}, begun ${date}${mine ? "" : " on the new device"}.`,
  progress: (done: number, all: number) => `${done.toLocaleString("en")} of ${all.toLocaleString("en")} done`,
  notSafe: (n: number) => `Do not wipe the old device yet: ${times(n, "1 account is left", "# accounts are left")}.`,
  unreadable: (n: number) => times(n, "1 account only a newer Keyfob understands. It counts as left: update Keyfob, then check it.", "# accounts only a newer Keyfob understands. They count as left: update Keyfob, then check them."),
  safe: (here: Here, other: string) => (here === "old" ? "Every account is checked or waived: the old device is safe to wipe." : `Every account that is here is checked or waived. If “${other}” shows none that is missing in this table, it is safe to wipe.`),
  looked: (other: string) => `I have looked: “${other}” shows no account that is missing here`,
  oldIs: ({ here, begun_here: mine, other }: DeviceChangeView) => (here === "new" ? `The old device is “${other}”.` : mine ? "The old device is this one." : "The old device is the one that this was begun on."),
  onlyHere: "Recovery codes do not go along in QR codes, nor in a file that was written before you saved them. These can still be used, and are gone once this vault is:",
  onlyHereOf: (n: number, name: string) => `Only in this Keyfob: ${times(n, "1 recovery code", "# recovery codes")} of ${name}`,
  onlyHereHow: "Print them on each account’s page. Or write a transfer file again and, once the other Keyfob has taken it in, check the account with a code of the other device. Or skip them, if you do not need them any more.",
  codesLeft: (n: number) => `Do not wipe the old device yet: ${times(n, "1 account has recovery codes that are only here", "# accounts have recovery codes that are only here")}.`,
  codesAnyMore: (date: string, n: number) => `Was said to be safe on ${date}; ${times(n, "1 account has recovery codes that are only here", "# accounts have recovery codes that are only here")}: do not wipe it yet.`,
  codesStay: "Skip",
  codesStayOf: (name: string) => `Skip the recovery codes of ${name}: they can stay behind`,
  codesStayText: "You said that its recovery codes can stay behind.",
  codesNotStay: "Do not skip its recovery codes",
  onlyHereFile: "Transfer file with them…",
  print: "Print…",
  printOf: (name: string) => `Print the recovery codes of ${name}`,
  names: (names: string[], more: number) => `${names.join(", ")}${more > 0 ? `, and ${more.toLocaleString("en")} more` : ""}`,
  more: (n: number) => `and ${n.toLocaleString("en")} more`,
  waivedTitle: (n: number) => times(n, "1 account is waived. Its codes may end with the old device:", "# accounts are waived. Their codes may end with the old device:"),
  noReason: "no reason given",
  finish: "Finish",
  finished: ({ here, other }: DeviceChangeView, date: string) => (here === "old" ? `Done on ${date}: the old device is safe to wipe.` : `Done on ${date}: every account that is here was checked or waived. If “${other}” shows none that is missing here, it is safe to wipe.`),
  notAnyMore: (date: string, n: number) => `Was said to be safe on ${date}; ${times(n, "1 account has come or changed since", "# accounts have come or changed since")}: do not wipe it yet.`,
  noneAnyMore: (date: string) => `Was said to be safe on ${date}; there is no account here any more: do not wipe it before you know where they are.`,
  dropped: (date: string, left: number) => left === 0 ? `Dropped on ${date}. Every account is checked or waived: reopen it to finish it.` : `Dropped on ${date}. ${times(left, "1 account is neither checked nor waived", "# accounts are neither checked nor waived")}: do not wipe the old device.`,
  reopen: "Reopen it",
  drop: "Drop this change…",
  dropTitle: "Drop this change of device?",
  dropText: (left: number) => `${left === 0 ? "Every account is checked or waived" : times(left, "1 account is left", "# accounts are left")}. Nothing is deleted: what was checked stays noted, and the change can be reopened.`,
  dropIt: "Drop it",
  filter: "Filter",
  filterLabel: "Filter the accounts",
  clearFilter: "Clear the filter",
  onlyLeft: "Only what is left",
  some: (shown: number, all: number) => `${shown.toLocaleString("en")} of ${times(all, "1 account", "# accounts")}`,
  nothingFound: (query: string) => `No account matches “${query}”.`,
  nothingLeft: "Nothing is left.",
  showAll: "Show all accounts",
  none: "No accounts yet",
  noneText: "There is nothing to move. Add your accounts, or take in a file of another Keyfob.",
  table: "Accounts of this change",
  pick: (name: string) => `Choose ${name}`,
  pickShown: (n: number) => times(n, "1 chosen", "# chosen"),
  pickShownLabel: "Choose all that are shown",
  google: "Several in one QR code…",
  file: "Transfer file…",

  // A row.
  states,
  openRow: { to_move: "Move…", to_check: "Check…", checked: "More…", waived: "More…" } as Record<RowState, string>,
  closeRow: "Close",
  movedOn: (date: string, how: MovedBy) => `${date}, ${by[how]}`,
  off: "2FA is off for this account at the service. Its codes sign in nowhere: waive it, or enroll again.",
  pending: "No code of this account was accepted yet. Prove it at the service before you move it.",
  enrolledHint: "The other device has a key of its own since you enrolled again; the key here is the old one. Bring the new key here (Enroll again), or waive it.",
  showCode: "Show the QR code…",
  showCodeOf: "Show its QR code…",
  alreadyThere: "It is there already",
  enroll: "Enroll again: its guide",
  enrolled: "I have enrolled again",
  checkLabel: (here: Here, other: string) => (here === "old" ? `The code that “${other}” shows now` : `The code that the old device “${other}” shows now`),
  secondLabel: "The next code that it shows",
  check: "Check",
  checking: "Comparing…",
  nextAccount: "Next account",
  showAgain: "Show the QR code again…",
  notMoved: { old: "It is not there after all", new: "Take the check back" } as Record<Here, string>,
  checkedText: (date: string) => `Both devices gave the same code on ${date}.`,
  waive: "Waive…",
  waiveText: (name: string) => `Let ${name} be: it is not checked, and will not keep the old device from being wiped.`,
  waiveWhy: "Why (you see it again at the end)",
  waiveIt: (name: string) => `Waive ${name}`,
  unwaive: "Do not waive it",
  waivedText: (date: string, why: string) => `Waived on ${date}${why ? `: ${why}` : ", no reason given"}.`,
  saidMoved: (n: number) => times(n, "Moved. Now check it with a code of the other device", "# moved. Now check each with a code of the other device"),
  saidChecked: (name: string) => `${name} is in sync on both devices`,
  saidWaived: (name: string) => `${name} is waived`,

  // Codes on the screen.
  codeTitle: (name: string) => `The QR code of ${name}`,
  codeWarning: "This shows the key itself. Whoever sees the screen, or a picture of it, has your codes for good. Look who is behind you, and share the screen with nobody.",
  keysOnly: "It carries the key only, and no recovery codes: those go along in a transfer file, or on paper.",
  showIt: "Show the QR code",
  codeAlt: (name: string) => `QR code with the key of ${name}`,
  codeHow: (other: string) => `Scan it with ${other ? `“${other}”` : "the other device"}, in its authenticator app.`,
  onTheOther: "It is on the other device",
  hide: "Hide it",
  googleTitle: (n: number) => times(n, "1 account in a QR code", "# accounts in QR codes"),
  googleText: (other: string) => `Google Authenticator, and the apps that read its export, take up to ten accounts from one code. Keyfob shows one code after another; scan each with ${other ? `“${other}”` : "the other device"}. Another Keyfob reads them too.`,
  keysOnlySome: "They carry keys only, and no recovery codes: those go along in a transfer file, or on paper.",
  againTitle: (n: number) => times(n, "1 needs a new enrollment there: by its playbook, a copy of its key does not do. Enroll it again instead:", "# need a new enrollment there: by their playbooks, a copy of the key does not do. Enroll them again instead:"),
  leftOutTitle: (n: number) => times(n, "1 does not fit into these codes; show it by itself, or take a transfer file:", "# do not fit into these codes; show each by itself, or take a transfer file:"),
  leftOut,
  showThem: "Show the QR codes",
  nothingFits: "None of the chosen accounts fits into these codes.",
  codeOf: (n: number, all: number, accounts: number) => `Code ${n} of ${all}: ${times(accounts, "1 account", "# accounts")}`,
  googleAlt: (n: number, all: number) => `QR code ${n} of ${all}, with keys`,
  previous: "Back",
  next: "Next",
  play: "Play",
  pause: "Pause",
  playHint: "shows the next code every 5 seconds",
  allScanned: "All scanned",

  // Files.
  fileTitle: (n: number) => times(n, "1 account in a transfer file", "# accounts in a transfer file"),
  fileText: "For another Keyfob: with recovery codes, notes and all that belongs to an account. The file is encrypted; this passphrase opens it.",
  passphrase: "Passphrase of the file",
  passphraseHint: "Shown until this closes. Copy it by eye, or write it down.",
  typeOwn: "Type my own",
  drawn: "Use the one that was drawn",
  own: "Your own passphrase, 8 characters or more",
  write: "Write the file…",
  writing: "Encrypting the file…",
  writtenTo: (file: string) => `Written to ${file}.`,
  writtenHow: "Open it on the other device, under Changed my device ▸ Take in a file.",
  writtenApart: "The passphrase goes by another way than the file: read it out, or type it from this screen. Delete the file once it is taken in.",
  writtenOpens: "The passphrase that opens it:",
  takenIn: "It is taken in there",
  later: "Not yet",
  fileHold: "The passphrase is shown only now. Press Escape again, or a button, to close this.",
  takeInTitle: "Take in a file of another Keyfob",
  takeInText: "A transfer file that another Keyfob has written. Accounts that are here already are kept; of each the newer counts.",
  takeInFirst: "From another Keyfob",
  takeInFirstText: "On the other device: Changed my device ▸ Transfer file. Bring the file here, then:",
  choose: "Choose the file…",
  chosen: (file: string) => `Chosen: ${file}`,
  filePassphrase: "Passphrase that the other device showed",
  takeItIn: "Take it in",
  takingIn: "Opening the file…",
  received: ({ added, changed, same }: RestoredView) =>
    added.length + changed.length === 0
      ? `Nothing new: ${times(same, "the account was here already", "all # accounts were here already")}.`
      : [...(added.length > 0 ? [times(added.length, "1 account is new", "# accounts are new")] : []), ...(changed.length > 0 ? [times(changed.length, "1 was changed", "# were changed")] : []), ...(same > 0 ? [times(same, "1 was here already", "# were here already")] : [])].join(", ") + ".",
  receivedNew: "Added",
  receivedChanged: "Changed",
  receivedPurged: (n: number) => times(n, "1 was deleted for good here, and stays so.", "# were deleted for good here, and stay so."),
  receivedUnreadable: (n: number) => times(n, "1 needs a newer Keyfob. It is kept.", "# need a newer Keyfob. They are kept."),
  receivedNoKeychain: "This computer’s keychain could not be used: set a passphrase or a recovery key in the settings.",
  another: "Take in another",
  checkThem: "Check them with the old device",
};

export const compare = {
  text: "See what differs between this Keyfob and another one, without moving a key.",
  makeTitle: "Here: make a file",
  makeText: "For the other Keyfob to compare itself with.",
  tells: "What the file tells, to who has it and the code: the names of your accounts, how their codes are made, and whether they are on, off or in the trash.",
  tellsNot: "What it does not tell: no key, no code, no recovery code.",
  make: "Make the file…",
  makeAgain: "Make another…",
  making: "Writing the file…",
  made: (file: string) => `Written to ${file}. Bring it to the other device, choose it there, and type this code:`,
  code: "Code for the other device",
  once: "It is shown only now, and opens this file alone.",
  readTitle: "Here: read the other’s file",
  readText: "If the other Keyfob has made one. Nothing is changed by it.",
  read: "Choose its file…",
  readAnother: "Choose another file…",
  chosen: (file: string) => `Chosen: ${file}`,
  codeLabel: "Code that the other device shows",
  compare: "Compare",
  comparing: "Comparing…",
  madeAt: (other: string, date: string) => `${other}, as it was on ${date}`,
  nothing: (n: number) => `Nothing differs: ${times(n, "the account is", "all # accounts are")} the same on both.`,
  nothingAtAll: "Nothing differs: there is no account on either.",
  notCompared: (n: number) => times(n, "1 account only a newer Keyfob understands. It was not compared: update Keyfob.", "# accounts only a newer Keyfob understands. They were not compared: update Keyfob."),
  hold: "The short code is shown only now. Leave?",
  stay: "Stay",
  leave: "Leave",
  found: (differ: number, same: number) => `${times(differ, "1 account differs", "# accounts differ")}, ${times(same, "1 is the same", "# are the same")}.`,
  differing: "What differs",
  openAccount: "Open",
  openAccountOf: (name: string) => `Open ${name}`,
  difference,
};
