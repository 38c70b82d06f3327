// What a person reads, in English. Every other language has the same keys (the compiler sees to it).

import type { ErrorCode } from "../ipc/backend";
import { adding, errors, kinds } from "./adding.en";
import { check, checkErrors } from "./check.en";
import { clock, clockErrors } from "./clock.en";
import { companion, companionErrors } from "./companion.en";
import { compare, device, deviceErrors } from "./device.en";
import { codesLock, overview, playbooks, timeline } from "./overview.en";
import { vault } from "./vault.en";

export interface Trouble {
  title: string;
  text: string;
}

const troubles: Partial<Record<ErrorCode, Trouble>> = {
  keychain_locked: {
    title: "Your keychain is locked",
    text: "The key to your codes is in it. Unlock your keychain, then try again. Nothing is lost.",
  },
  keychain_missing: {
    title: "No keychain is running",
    text: "Keyfob keeps the key to your codes in the system’s keychain, and none answers. On Linux, start GNOME Keyring, KWallet or KeePassXC’s Secret Service, then try again. Your codes are safe in the vault file.",
  },
  keychain_no_collection: {
    title: "Your keychain has no default keyring",
    text: "There is nowhere to keep a key yet. Create a default keyring in your system’s keychain program (on Linux “Passwords and Keys”), then try again.",
  },
  keychain_denied: {
    title: "The keychain said no",
    text: "The key to your codes is in your keychain, and the question for it was declined. Try again and allow Keyfob to read it.",
  },
  keychain_no_key: {
    title: "The key to your vault is not in the keychain",
    text: "Your codes are still in the vault file, sealed. Open it by one of the ways below, and let this computer’s keychain open it again in the settings; or bring the keychain’s entry “Keyfob: the key of a vault” back from a backup of your keyring. Keyfob makes no new key over an old vault.",
  },
  keychain_two_keys: {
    title: "Two keys for one vault",
    text: "Your keychain holds two entries of Keyfob for this vault. Remove the one that does not belong in your system’s keychain program, then try again.",
  },
  keychain_timeout: {
    title: "The keychain did not answer",
    text: "It may be waiting with a question behind another window. Answer it, then try again.",
  },
  keychain_broken: {
    title: "The keychain failed",
    text: "It answered with an error. Restart the keychain or your session, then try again. Your vault was not touched.",
  },
  vault_missing: {
    title: "Your vault is not where it was",
    text: "Keyfob has seen a vault in this folder, or holds a key to one, but the vault file is not there. If it lies on a drive, connect it; if you moved it, put it back. Then try again. Keyfob starts no new vault in its place.",
  },
  vault_damaged: {
    title: "The vault file is damaged",
    text: "It is not what Keyfob saved. Nothing was changed or overwritten. A past version can take its place.",
  },
  vault_forged: {
    title: "This vault file is not Keyfob’s",
    text: "It opens with your key, but was not saved by a Keyfob that could open the vault before: someone who knows whom it is sealed to may have made it. Nothing was changed. A past version can take its place.",
  },
  vault_replaced: {
    title: "Another vault lies here",
    text: "It opens, but it is not the vault that was in this folder. If you put it there yourself, accept it; otherwise a past version of the old one can take its place.",
  },
  passphrase_old: {
    title: "That passphrase is an old one",
    text: "The vault that lies here opens by a passphrase that was changed since: somebody put an old copy here. Use the current passphrase or another key; or, if you put it there yourself, accept it.",
  },
  vault_newer: {
    title: "This vault needs a newer Keyfob",
    text: "It was saved by a later version. Install the newest Keyfob to open it; this one leaves it as it is.",
  },
  vault_other_key: {
    title: "This key does not open the vault",
    text: "The vault is whole, but sealed to another key. Open it with the key that belongs to it. Nothing was changed.",
  },
  vault_io: {
    title: "The vault could not be read",
    text: "The system refused. Check that the folder can be read and that the disk is well, then try again.",
  },
  identity_unreadable: {
    title: "The identity file could not be read",
    text: "Start Keyfob with a file that age-keygen made. Nothing was changed.",
  },
};

export const en = {

  search: "Search",
  searchLabel: "Search accounts",
  add: "Add",
  addLabel: "Add an account",
  accounts: "Accounts",
  countOf: (n: number) => (n === 1 ? "1 account" : `${n.toLocaleString("en")} accounts`),
  found: (n: number) => (n === 0 ? "Nothing found" : n === 1 ? "1 found" : `${n} found`),
  nothingFound: (query: string) => `No account matches “${query}”.`,
  clearSearch: "Clear the search",
  unnamed: "Without a name",
  copy: "Copy",
  copied: (name: string) => `Copied the code of ${name}`,
  nextCode: "Next code",
  nextCodeOf: (name: string) => `Next code of ${name}`,
  then: "then",
  codeOf: (name: string, code: string) => `${name}, code ${code}`,
  details: "Details",
  detailsOf: (name: string) => `Details of ${name}`,
  back: "Back to the list",
  choose: "Choose an account to see it here.",
  notProved: "Not proved yet",
  off: "2FA is off: enroll again",
  onSince: "On",
  addedOn: (date: string) => `Added ${date}`,
  settings: "Settings",
  rename: "Rename",
  renameTitle: "Rename this account",
  delete: "Delete",
  deleted: (name: string) => `${name} is in the trash`,
  undo: "Undo",
  restored: (name: string) => `${name} is back`,
  save: "Save",
  cancel: "Cancel",
  close: "Close",
  tryAgain: "Try again",
  opening: "Opening your vault…",
  openingHint: "Your keychain may ask you to unlock it.",
  vaultFolder: "Vault folder",

  issuer: "Service",
  label: "Account",
  issuerHint: "for example GitHub",
  labelHint: "for example zoe@example.org",
  type: "Type",
  algorithm: "Algorithm",
  digits: "Digits",
  period: "Period",
  counter: "Counter",
  seconds: (n: number) => (n === 1 ? "1 second" : `${n} seconds`),
  types: { totp: "TOTP (by time)", hotp: "HOTP (by counter)", steam: "Steam" },
  algorithms: { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" },
  shortKey: "The service gave a short key (under 128 bits). It works; many services do that.",

  welcome: "Show Keyfob a QR code",
  welcomeText: "A service shows one when you switch on two-factor authentication. Drop a screenshot of it here, or:",
  choosePicture: "Choose a picture…",
  paste: "Paste",
  pasteHint: "a picture, or the text of a code",
  typeKey: "Type a setup key",
  haveBackup: "I have a backup",
  fromOtherApp: "I come from another app",
  fromOtherAppText:
    "Google Authenticator: choose “Transfer accounts” and hold its QR codes before the camera, one after the other, or drop screenshots of them here; all accounts in them are read. Any app that shows an account as a QR code works the same way, and copied otpauth:// lines can be pasted. Reading other apps’ export files is not built yet.",
  emptyTitle: "No accounts yet",
  dropHere: "Drop the picture to read it",
  reading: "Reading the picture…",

  addTitle: "Add an account",
  keyLabel: "Setup key",
  keyHint: "letters A–Z and digits 2–7; spaces do not matter",
  advanced: "Advanced",
  preview: "Preview",

  previewTitle: (n: number) => (n === 1 ? "Add this account?" : `Add these ${n} accounts?`),
  previewText: "Compare the code with what the service expects, then add it.",
  addOne: "Add",
  addSome: (n: number) => (n === 1 ? "Add 1 account" : `Add ${n} accounts`),
  saving: "Saving…",
  pick: (name: string) => `Add ${name}`,
  duplicate: (name: string) => `You have this very key already, as ${name}. It is not added twice.`,
  sameNames: "Another account has the same name. Give this one a name that tells them apart.",
  hint: (issuer: string) => `The code also names “${issuer}”.`,
  maybeSteam: "This may be a key for Steam’s own five-character codes.",
  asSteam: (code: string) => `Use Steam’s codes (now ${code})`,
  hotpPreview: "The first code is shown when you ask for it, because each one counts.",
  hotpOffline: "If you use this account on two computers while they are offline, both may give the same code. The service takes it once; then use the next one.",
  liveCode: "Code now",
  rejectedTitle: (n: number) => (n === 1 ? "1 entry could not be read" : `${n} entries could not be read`),
  entry: (n: number) => `Entry ${n}`,
  addedOne: (name: string) => `Added ${name}`,
  addedSome: (n: number) => `Added ${n} accounts`,
  nothingNew: "Nothing new: all of it was there already",

  pictureHoldsKey: (names: string) => `${names} still holds the key. Delete the picture?`,
  picturesHoldKeys: (n: number) => `${n} pictures still hold the keys. Delete them?`,
  deletePicture: "Delete",
  keepPicture: "Keep",
  pictureDeleted: "The picture is deleted",

  olderThanSeen: "This vault is older than one this computer has seen before. If you did not put an old copy back, look for the newer file.",
  replacedAnOldCopy: "An old copy of the vault was put in its place while it was open. What was newer is saved again; the old copy is among the past versions.",
  unreadable: (n: number) =>
    n === 1 ? "1 account needs a newer Keyfob. It is kept." : `${n} accounts need a newer Keyfob. They are kept.`,
  notSaved: "Changes cannot be saved now. Your codes still work.",

  move: "choose",

  adding,
  companion,
  check,
  clock,
  overview,
  timeline,
  device,
  compare,
  codesLock,
  playbooks,
  vault,

  troubles,
  troubleTitle: "Keyfob could not open your vault",
  /** Errors: the sentence and the remedy. English takes most of them from Rust. */
  errors: { ...errors, ...companionErrors, ...checkErrors, ...clockErrors, ...deviceErrors },
  kinds,
};

export type Catalogue = typeof en;
