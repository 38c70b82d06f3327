// Was man liest, während der Bildschirm, eine Kamera oder eine Übertragung in mehreren Teilen gelesen wird, auf Deutsch.

import type { ExportView, Kind } from "../ipc/backend";
import type { adding as english } from "./adding.en";

const list = (numbers: number[]): string => numbers.join(", ");
const missingOf = ({ missing }: ExportView): string => `es ${missing.length === 1 ? "fehlt" : "fehlen"} noch ${list(missing)}`;

/** Was ein Code ist, der kein Schlüssel ist. */
export const kinds: Record<Kind, string> = {
  otpauth: "es ist ein Konto",
  migration: "es ist eine Übertragung von Google Authenticator",
  web_address: "es ist eine Webadresse",
  wifi: "es gehört zu einem WLAN",
  contact: "es ist eine Visitenkarte",
  email: "es ist eine E-Mail-Adresse",
  phone: "es ist eine Telefonnummer",
  location: "es ist ein Ort auf einer Karte",
  event: "es ist ein Kalendereintrag",
  passkey: "es meldet mit einem Passkey an",
  payment: "es ist eine Zahlung",
  other_app: "es ist für die eigene App eines anderen Anbieters",
  text: "es ist irgendein Text",
};

export const adding: typeof english = {
  fromScreen: "Bildschirm lesen",
  fromCamera: "Kamera verwenden",
  otherWays: "Andere Wege",
  nextPart: "Wege zum nächsten Teil",
  screenText: "Keyfob blendet sein Fenster kurz aus, sieht auf jedem Bildschirm nach und kommt mit dem zurück, was es fand. Kein Bild wird aufbewahrt. Umrahmen geht mit der Maus oder mit Pfeiltasten und Eingabetaste; Esc führt zurück.",
  asks: {
    nobody: "",
    portal: "Vorher fragt dein Desktop, ob Keyfob ein Bild vom Bildschirm machen darf. Du kannst ablehnen: nichts ist verloren, und alle anderen Wege gehen weiter.",
    system: "Vielleicht fragt dein System vorher, ob Keyfob den Bildschirm aufnehmen darf; Keyfob macht ein einziges Bild. Du kannst ablehnen: nichts ist verloren, und alle anderen Wege gehen weiter.",
  },
  wholeScreen: "Ganzen Bildschirm lesen",
  region: "Code umrahmen",
  lookingAtScreen: "Der Bildschirm wird gelesen …",

  cameraText: "Halt den QR-Code flach und ruhig in den Rahmen. Das Bild bleibt auf diesem Rechner.",
  device: "Kamera",
  picture: "Was die Kamera sieht",
  starting: "Die Kamera startet …",
  looking: "Ein QR-Code wird gesucht …",
  codeRead: "Ein Code wurde gelesen.",
  goOn: "Weiter mit dem Gelesenen",
  progress: (exports) => exports.map((one) => `${one.seen.length} von ${one.parts}, ${missingOf(one)}`).join("; "),

  all: "Alle",
  none: "Keins",
  chosen: (picked, of) => `${picked} von ${of} ausgewählt`,
  parts: (one) =>
    `${one.seen.length} von ${one.parts} Teilen, ${missingOf(one)}. ${one.missing.length === 1 ? "Lies ihn, füg ihn ein oder zieh ihn hierher; er wird" : "Lies sie, füg sie ein oder zieh sie hierher, in beliebiger Folge; sie werden"} hier gesammelt.`,
  allParts: (n) => `Alle ${n} Teile sind da.`,
  stillMissing: ({ parts, missing }) =>
    missing.length === 1 ? `Teil ${list(missing)} von ${parts} fehlt noch.` : `Die Teile ${list(missing)} von ${parts} fehlen noch.`,
};
