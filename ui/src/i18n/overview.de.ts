// Was man in der Übersicht, im Verlauf eines Kontos und über Wiederherstellungscodes und Anleitungen in den Einstellungen liest, auf Deutsch.

import type { EventView, Todo } from "../ipc/backend";
import type { codesLock as englishLock, overview as english, playbooks as englishBooks, timeline as englishTimeline } from "./overview.en";

const mal = (n: number, eins: string, viele: string): string => (n === 1 ? eins : viele.replace("#", n.toLocaleString("de")));

function todo(one: Todo): string {
  switch (one.kind) {
    case "enroll_again":
      return "2FA ist aus: neu einrichten";
    case "answer":
      return one.codes.length === 1 ? "Sag, ob der Wiederherstellungscode ging" : "Sag, ob die Wiederherstellungscodes gingen";
    case "record_new_code":
      return "Den neuen Wiederherstellungscode festhalten";
    case "prove":
      return "Mit einem Code bestätigen";
    case "save_codes":
      return "Wiederherstellungscodes sichern";
    case "none_left":
      return "Kein Wiederherstellungscode übrig: hol neue";
    case "few_left":
      return `Nur noch ${one.left} von ${one.of} Wiederherstellungscodes`;
    case "advise_enroll_again":
      return "Besser neu einrichten: ein Code ist verbraucht";
    case "circle":
      return one.kit ? "Dein Wiederherstellungsblatt liegt hinter diesem Konto" : "Eine Sicherung liegt hinter diesem Konto";
    case "guide":
      return "Einrichten zu Ende bringen";
    case "protect":
      return "Wiederherstellungscodes schützen";
  }
}

export const overview: typeof english = {
  open: "Übersicht",
  openHint: "Übersicht aller Konten (Strg Umschalt O)",
  title: "Übersicht",
  back: "Zurück zu den Codes",
  print: "Drucken …",
  filter: "Filtern",
  filterLabel: "Konten filtern",
  clearFilter: "Filter leeren",
  onlyTodo: "Nur, wo etwas zu tun ist",
  summary: (need, fine) => {
    const well = mal(fine, "1 ist in Ordnung", "# sind in Ordnung");
    const needy = mal(need, "Bei 1 Konto ist etwas zu tun", "Bei # Konten ist etwas zu tun");
    return need === 0 ? `Nichts zu tun: ${well}.` : fine === 0 ? `${needy}.` : `${needy}, ${well}.`;
  },
  some: (shown, all) => `${shown} von ${mal(all, "1 Konto", "# Konten")}`,
  loading: "Deine Konten werden durchgesehen …",
  none: "Noch keine Konten",
  noneText: "Sobald du eines hinzugefügt hast, steht hier, wie es um es steht.",
  nothingFound: (query) => `Kein Konto passt zu „${query}“.`,
  nothingToDo: "Nichts zu tun.",
  showAll: "Alle Konten zeigen",

  account: "Konto",
  state: "Zustand",
  proved: "Bestätigt",
  codes: "Codes übrig",
  checked: "Geprüft",
  todoTitle: "Zu tun",
  since: (date) => `seit ${date}`,
  stateOf: ({ state, proved }) => (state === "pending" ? "Nicht bestätigt" : state === "off" ? "Aus" : proved ? "An" : "An, angenommen"),
  never: "nie",
  codesOf: (kept) => (kept === null ? "keine verwahrt" : kept.kind === "set" ? `${kept.left} von ${kept.of}` : kept.left > 0 ? "1, jedes Mal ersetzt" : "verbraucht"),
  todo,
  fine: "Nichts",
  then: (rest) => `dann: ${rest.map(todo).join(" · ")}`,
  printedOn: (date) => `Gedruckt am ${date}. Auf dieser Seite stehen keine Codes und keine Schlüssel.`,
};

function event({ kind, count, number, detail, step }: EventView): string {
  const code = number === null ? "Ein Wiederherstellungscode" : `Wiederherstellungscode ${number}`;
  switch (kind) {
    case "added":
      return "Zu Keyfob hinzugefügt";
    case "proved":
      return "Bestätigt: der Dienst hat einen Code angenommen";
    case "not_accepted":
      return "Der Dienst hat einen Code nicht angenommen";
    case "codes_kept":
      return count === null ? "Wiederherstellungscodes verwahrt" : mal(count, "1 Wiederherstellungscode verwahrt", "# Wiederherstellungscodes verwahrt");
    case "codes_replaced":
      return count === 1 ? "Ein neuer Wiederherstellungscode verwahrt; was vorher da war, ist ungültig" : `${count === null ? "Neue" : `${count} neue`} Wiederherstellungscodes verwahrt; die davor sind ungültig`;
    case "code_copied":
      return `${code} kopiert`;
    case "code_used":
      return `${code} verbraucht`;
    case "code_not_used":
      return `${code} doch nicht verwendet`;
    case "code_refused":
      return `${code} vom Dienst abgelehnt`;
    case "switched_off":
      return "Die Anmeldung mit einem Wiederherstellungscode hat 2FA ausgeschaltet";
    case "enrolled_again":
      return "Neu eingerichtet, mit einem neuen Schlüssel";
    case "disabled":
      return "2FA beim Dienst ausgeschaltet";
    case "no_codes":
      return "Vermerkt: dieser Dienst gibt keine Wiederherstellungscodes";
    case "codes_expected":
      return "Vermerkt: dieser Dienst gibt doch Wiederherstellungscodes";
    case "playbook_chosen":
      return detail === null ? "Eine Anleitung gewählt" : `Anleitung gewählt: ${detail}`;
    case "codes_printed":
      return "Wiederherstellungscodes gedruckt";
    case "codes_shown":
      return "Wiederherstellungscodes angezeigt";
    case "checked":
      return step === null ? "Mit einem anderen Gerät verglichen" : "Mit einem anderen Gerät verglichen: im Takt";
    case "exported":
      return "Der Schlüssel für ein anderes Gerät gezeigt oder geschrieben";
    case "other":
      return detail === null ? "Etwas, das ein neueres Keyfob vermerkt hat" : `Von einem neueren Keyfob vermerkt: ${detail}`;
  }
}

export const timeline: typeof englishTimeline = {
  title: "Verlauf",
  filter: "Zeigen",
  groups: { all: "Alles", codes: "Wiederherstellungscodes", state: "Zustand" },
  event,
  undone: (date) => `zurückgenommen am ${date}`,
  step: (type, step) => (type === "hotp" ? `Zähler ${step}` : `Schritt ${step}`),
  showAll: (n) => `Alle ${n} zeigen`,
  showFewer: "Weniger zeigen",
  export: "Exportieren …",
  exported: (file) => `Der Verlauf ist gespeichert als ${file}`,
};

export const codesLock: typeof englishLock = {
  title: "Wiederherstellungscodes",
  text: "Wiederherstellungscodes neben dem zweiten Faktor schwächen ihn: wer den Tresor öffnet, hat beides. Mit einer eigenen Passphrase genügt der Tresor allein nicht; geht sie verloren, sind es auch die Codes, außer der Wiederherstellungsschlüssel öffnet sie.",
  paper: "Oder verwahr sie stattdessen auf Papier: druck sie auf der Seite des Kontos.",
  off: "Keine eigene Passphrase",
  on: "Durch eine eigene Passphrase geschützt",
  unprotected: (n) => (n === 0 ? "Noch sind keine Wiederherstellungscodes verwahrt." : mal(n, "1 Wiederherstellungscode öffnet sich mit dem Tresor allein.", "# Wiederherstellungscodes öffnen sich mit dem Tresor allein.")),
  protected: (n) => (n === 0 ? "Noch sind keine Wiederherstellungscodes verwahrt; künftige sind geschützt." : mal(n, "1 Wiederherstellungscode ist geschützt.", "# Wiederherstellungscodes sind geschützt.")),
  notYet: (n) => mal(n, "1 ist es noch nicht.", "# sind es noch nicht."),
  keyOpens: "Auch der Wiederherstellungsschlüssel öffnet sie.",
  keyDoesNot: "Kein Wiederherstellungsschlüssel öffnet sie: ohne die Passphrase sind sie verloren.",
  isOpen: "Sie sind gerade offen.",
  set: "Passphrase für sie festlegen",
  change: "Ändern",
  remove: "Entfernen",
  close: "Wieder schließen",
  setTitle: "Eine Passphrase für Wiederherstellungscodes",
  changeTitle: "Passphrase der Wiederherstellungscodes ändern",
  setText: "8 Zeichen oder mehr, und nicht die, die den Tresor öffnet. Gefragt wirst du danach, wenn du Wiederherstellungscodes ansiehst oder einen verwendest, nie, um neue zu verwahren.",
  first: "Gib zuerst die Passphrase der Wiederherstellungscodes, nicht die des Tresors.",
  goOn: "Weiter",
  new: "Neue Passphrase",
  wasSet: "Wiederherstellungscodes haben jetzt eine eigene Passphrase",
  wasChanged: "Die Passphrase der Wiederherstellungscodes ist geändert",
  removeTitle: "Die Passphrase der Wiederherstellungscodes entfernen?",
  removeText: "Von da an kann, wer den Tresor öffnet, auch die Wiederherstellungscodes lesen.",
  removed: "Wiederherstellungscodes öffnen sich jetzt mit dem Tresor",
  foreign: "Einige Wiederherstellungscodes kamen aus einer Datei mit eigener Passphrase. Gib sie ein, um sie zu öffnen.",
  foreignTitle: "Wiederherstellungscodes aus einer Datei",
  openForeign: "Ihre Passphrase eingeben",
  foreignOpened: "Die Wiederherstellungscodes aus der Datei sind offen",
  closed: "Die Wiederherstellungscodes sind geschlossen",
};

export const playbooks: typeof englishBooks = {
  title: "Anleitungen",
  text: "Was Keyfob davon weiß, wie Dienste ihre Zwei-Faktor-Anmeldung machen: wo man klickt, in welcher Folge, und was ihre Wiederherstellungscodes tun.",
  count: (n, own) => `${mal(n, "1 Anleitung", "# Anleitungen")}${own === 0 ? "" : `, davon ${own} von dir`}.`,
  own: "von dir",
  showAll: "Zeigen",
  showFewer: "Verbergen",
  broken: (n) => mal(n, "1 von dir war nicht lesbar:", "# von dir waren nicht lesbar:"),
  line: (file, line) => (line === null ? file : `${file}, Zeile ${line}`),
  folder: "Deine eigenen kommen in diesen Ordner, je eine Datei:",
};
