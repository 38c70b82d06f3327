// What a person reads while the screen, a camera or an export in several parts is read, in English.

import type { ErrorCode, ExportView, Kind, ScreenAsks } from "../ipc/backend";

const list = (numbers: number[]): string => numbers.join(", ");
const seenOf = ({ seen, parts }: ExportView): string => `${seen.length} of ${parts}`;

const asks: Record<ScreenAsks, string> = {
  nobody: "",
  portal: "Your desktop will ask first whether Keyfob may take a picture of the screen. You can say no: nothing is lost, and every other way still works.",
  system: "Your system may ask first whether Keyfob may record the screen; Keyfob takes a single picture. You can say no: nothing is lost, and every other way still works.",
};

/** What a code that is no key is. */
export const kinds: Record<Kind, string> = {
  otpauth: "it is an account",
  migration: "it is a Google Authenticator export",
  web_address: "it is a web address",
  wifi: "it is for a Wi-Fi network",
  contact: "it is an address card",
  email: "it is an e-mail address",
  phone: "it is a phone number",
  location: "it is a place on a map",
  event: "it is a calendar entry",
  passkey: "it signs in with a passkey",
  payment: "it is a payment",
  other_app: "it is for another company’s own app",
  text: "it is some other text",
};

/** Those that Keyfob's page has more to say about than Rust. */
export const errors: Partial<Record<ErrorCode, { message: string; remedy: string }>> = {
  not_otp: { message: "This is no key for codes", remedy: "Use the QR code that the service shows while you switch on two-factor authentication." },
  picture_code_unreadable: {
    message: "There is a QR code in the picture, but it cannot be read",
    remedy: "Show it larger, flat, evenly lit and whole, with its margin; or copy the setup key in text from the service.",
  },
  screen_refused: {
    message: "Keyfob was not allowed to see the screen",
    remedy: "You can allow it in your desktop’s settings, on macOS in System Settings › Privacy & Security › Screen Recording. Or take a screenshot and paste it.",
  },
  screen_unavailable: {
    message: "The screen cannot be seen from here",
    remedy: "On Wayland that takes a desktop portal (xdg-desktop-portal). Take a screenshot with your system’s own key and paste it.",
  },
  screen_no_code: {
    message: "No QR code was found on any monitor",
    remedy: "Bring the whole code into view, larger, and try again; or draw around it.",
  },
  picture_pages_left: {
    message: "Only the first pages of the PDF were looked at",
    remedy: "If the code is further on, save that page as a file of its own, or take a screenshot of it.",
  },
  preview_changed: {
    message: "More was found in the meantime",
    remedy: "Look at what was added to the list, then add it all.",
  },
  camera_none: { message: "No camera was found", remedy: "Connect one and try again, or use another way." },
  camera_refused: {
    message: "Keyfob was not allowed to use the camera",
    remedy: "Allow it in your system’s privacy settings and try again, or use another way.",
  },
  camera_unavailable: {
    message: "The camera cannot be used now",
    remedy: "Another program may be using it, or it broke off. Close the other program, connect the camera again and try again.",
  },
  camera_stopped: { message: "The camera is off", remedy: "Try again to switch it on." },
};

export const adding = {
  fromScreen: "Scan the screen",
  fromCamera: "Use a camera",
  otherWays: "Other ways",
  nextPart: "Ways to the next part",
  screenText: "Keyfob hides its window for a moment, looks at every monitor and comes back with what it found. No picture is kept. To draw around a code, use the mouse, or the arrow keys and Enter; Esc comes back.",
  asks,
  wholeScreen: "Scan the whole screen",
  region: "Draw around the code",
  lookingAtScreen: "Looking at the screen…",

  cameraText: "Hold the QR code in the frame, flat and still. The picture stays on this computer.",
  device: "Camera",
  picture: "What the camera sees",
  starting: "The camera is starting…",
  looking: "Looking for a QR code…",
  codeRead: "A code was read.",
  goOn: "Go on with what was read",
  /** Nothing, where nothing is missing. */
  progress: (exports: ExportView[]) => exports.map((one) => `${seenOf(one)}, still missing ${list(one.missing)}`).join("; "),

  all: "All",
  none: "None",
  chosen: (picked: number, of: number) => `${picked} of ${of} chosen`,
  parts: (one: ExportView) =>
    `${seenOf(one)} parts, still missing ${list(one.missing)}. ${one.missing.length === 1 ? "Scan, paste or drop it; it is" : "Scan, paste or drop them in any order; they are"} collected here.`,
  allParts: (n: number) => `All ${n} parts are there.`,
  stillMissing: ({ parts, missing }: ExportView) =>
    missing.length === 1 ? `Part ${list(missing)} of ${parts} is still missing.` : `Parts ${list(missing)} of ${parts} are still missing.`,
};
