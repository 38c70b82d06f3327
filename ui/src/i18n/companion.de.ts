// Was man liest, während ein Konto eingerichtet wird und seine Wiederherstellungscodes verwahrt und verwendet werden, auf Deutsch.

import type { CodeState, Diagnosis, EventKind, Todo, VoidWhy } from "../ipc/backend";
import type { companion as english } from "./companion.en";

export const companionErrors = {
  codes_none: { message: "Darin war kein Wiederherstellungscode zu finden", remedy: "Kopiere die Codes selbst von der Seite des Dienstes, oder tipp sie, einen je Zeile." },
  codes_picture: { message: "Keyfob liest keine Wörter in Bildern", remedy: "Tipp die Codes davon ab, oder kopiere sie als Text von der Seite des Dienstes." },
  codes_locked: { message: "Diese Wiederherstellungscodes haben eine eigene Passphrase", remedy: "Gib sie zuerst ein." },
  codes_changed: { message: "Die Wiederherstellungscodes haben sich inzwischen geändert", remedy: "Sieh sie dir noch einmal an." },
  codes_exist: { message: "Dieses Konto hat schon Wiederherstellungscodes", remedy: "Ersetze sie durch die neuen; die alten sind dann ungültig." },
  code_none: { message: "Diesen Wiederherstellungscode gibt es nicht", remedy: "Sieh in der Liste nach." },
  enrollment_off: { message: "2FA ist für dieses Konto aus", remedy: "Richte es neu ein: Scanne den QR-Code, den der Dienst dann zeigt." },
  codes_several: { message: "Ein Code, der bei jedem Verbrauch ersetzt wird, ist ein einziger", remedy: "Heb nur einen auf, oder wähle „Mehrere Codes“." },
  same_names: { message: "Ein anderes Konto heißt genauso", remedy: "Gib diesem einen Namen, der sie unterscheidet." },
  code_spent: { message: "Dieser Wiederherstellungscode ist verbraucht oder ungültig", remedy: "Nimm einen anderen." },
  code_gone: { message: "Der Text dieses Wiederherstellungscodes wurde gelöscht", remedy: "Nimm einen anderen, oder hol dir neue beim Dienst." },
  playbook_unknown: { message: "Diese Anleitung hat Keyfob nicht", remedy: "Wähle eine andere." },
  undo_nothing: { message: "Es gibt nichts zurückzunehmen", remedy: "Sieh dir das Konto noch einmal an." },
  codes_lock_exists: { message: "Wiederherstellungscodes haben schon eine eigene Passphrase", remedy: "Ändere sie in den Einstellungen." },
  codes_lock_none: { message: "Wiederherstellungscodes haben keine eigene Passphrase", remedy: "Leg zuerst in den Einstellungen eine fest." },
  enrolled_same_key: { message: "Das ist der Schlüssel, den dieses Konto schon hat", remedy: "Beim neuen Einrichten zeigt der Dienst einen neuen QR-Code: lies den." },
};

const mal = (n: number, eins: string, viele: string): string => (n === 1 ? eins : viele.replace("#", String(n)));
const left = ({ left: n, of }: { left: number; of: number }): string => `Noch ${n} von ${mal(of, "1 Wiederherstellungscode", "# Wiederherstellungscodes")}`;

/** Wie lange her, oder wie lange noch; im dritten Fall. */
function span(seconds: number): string {
  if (seconds < 120) return mal(seconds, "1 Sekunde", "# Sekunden");
  if (seconds < 7_200) return mal(Math.round(seconds / 60), "1 Minute", "# Minuten");
  return mal(Math.round(seconds / 3_600), "1 Stunde", "# Stunden");
}

/** Die Zeile in der Liste. */
function todoLine(todo: Todo): string {
  switch (todo.kind) {
    case "enroll_again": return "2FA ist aus: neu einrichten";
    case "answer": return mal(todo.codes.length, "Ging der kopierte Code?", "Gingen # kopierte Codes?");
    case "record_new_code": return "Neuen Code aufheben";
    case "prove": return "Noch nicht bestätigt";
    case "save_codes": return "Ohne Wiederherstellungscode";
    case "none_left": return "Wiederherstellungscodes alle";
    case "few_left": return left(todo);
    case "advise_enroll_again": return "Rat: neu einrichten";
    case "circle": return "Schützt die eigene Sicherung";
    case "guide": return "Einrichten noch nicht fertig";
    case "protect": return "Wiederherstellungscodes ohne eigene Passphrase";
  }
}

/** Der Hinweis auf der Seite des Kontos: was ist, und warum es zählt. */
function todoText(todo: Todo): string {
  switch (todo.kind) {
    case "enroll_again": return "Die Zwei-Faktor-Anmeldung ist beim Dienst aus. Bis du neu einrichtest, genügt ein Passwort, um hineinzukommen.";
    case "answer": return "Du hast einen Wiederherstellungscode kopiert. Sag, ob er ging, damit ein verbrauchter nie wieder angeboten wird.";
    case "record_new_code": return "Der Wiederherstellungscode ist verbraucht, und der Dienst hat einen neuen ausgegeben. Heb ihn auf, sonst führt kein Weg zurück.";
    case "prove": return "Noch kein Code dieses Kontos wurde angenommen. Bestätige einen, bevor du dich darauf verlässt.";
    case "save_codes": return "Kein Wiederherstellungscode ist gespeichert. Ohne einen ist mit dem Schlüssel auch das Konto verloren.";
    case "none_left": return "Alle Wiederherstellungscodes sind verbraucht. Hol dir neue, solange du dich noch anmelden kannst.";
    case "few_left": return `${left(todo)}. Hol dir neue, bevor sie ausgehen.`;
    case "advise_enroll_again": return "Ein Wiederherstellungscode wurde verbraucht. Der Dienst rät, 2FA auszuschalten und neu einzurichten.";
    case "circle": {
      const what = [...(todo.kit ? ["das Wiederherstellungsblatt deines Tresors"] : []), ...(todo.folders.length > 0 ? [`eine Sicherung (${todo.folders.join(", ")})`] : [])].join(" und ") || "eine Sicherung deines Tresors";
      return `Dieses Konto schützt den Ort, an dem ${what} liegt. Ohne diesen Tresor kommst du dort nicht hinein, und was dort liegt, öffnet diesen Tresor. Halte noch eine Kopie anderswo.`;
    }
    case "guide": return "Das Einrichten ist noch nicht fertig.";
    case "protect": return "Die Wiederherstellungscodes liegen im selben Tresor wie der zweite Faktor. Eine eigene Passphrase hält sie auseinander.";
  }
}

const undone: Record<EventKind, string> = {
  added: "hinzugefügt",
  proved: "bestätigt",
  not_accepted: "Code nicht angenommen",
  codes_kept: "Wiederherstellungscodes gespeichert",
  codes_replaced: "Wiederherstellungscodes ersetzt",
  code_copied: "Wiederherstellungscode kopiert",
  code_used: "Wiederherstellungscode verbraucht",
  code_not_used: "Wiederherstellungscode nicht verbraucht",
  code_refused: "Wiederherstellungscode abgelehnt",
  switched_off: "2FA ausgeschaltet",
  enrolled_again: "neu eingerichtet",
  disabled: "2FA ausgeschaltet",
  no_codes: "Dienst gibt keine Codes",
  codes_expected: "Dienst gibt Codes",
  playbook_chosen: "Anleitung geändert",
  codes_printed: "Wiederherstellungscodes gedruckt",
  codes_shown: "Wiederherstellungscodes gezeigt",
  checked: "Code geprüft",
  exported: "Schlüssel für ein anderes Gerät gezeigt",
  other: "letzte Änderung",
};

const codeStates: Record<CodeState, string> = { unused: "unverbraucht", in_doubt: "kopiert", used: "verbraucht", refused: "abgelehnt", void: "ungültig" };
const voidWhy: Record<VoidWhy, string> = {
  replaced: "durch neuere ersetzt",
  disabled: "2FA wurde dort ausgeschaltet",
  enrolled_again: "das Konto wurde neu eingerichtet",
  set_aside: "beiseitegelegt",
};

/** Was über einen Code herauskam, der nicht angenommen wurde: was er ist, und was zu tun ist. */
function diagnosis(found: Diagnosis, clock: string): { what: string; todo: string } {
  switch (found.kind) {
    case "right":
      return { what: "Nach der Uhr dieses Rechners ist das der richtige Code.", todo: `Sie zeigt ${clock}: vergleiche sie mit einer anderen. Sieh nach, ob dieser Code gerade schon verwendet wurde und ob er für dieses Konto und ohne Leerzeichen getippt ist. Nimm dann den nächsten.` };
    case "expired":
      return { what: `Dieser Code galt vor ${span(found.seconds)}.`, todo: found.steps <= 2 ? "Er ist abgelaufen. Warte auf den nächsten Code und tipp ihn gleich." : `Er ist abgelaufen. Hast du ihn gerade erst getippt, geht die Uhr dieses Rechners vor: sie zeigt ${clock}.` };
    case "early":
      return { what: `Dieser Code gilt erst in ${span(found.seconds)}.`, todo: `Wahrscheinlich geht die Uhr dieses Rechners nach: sie zeigt ${clock}. Stell sie, oder warte auf diesen Code.` };
    case "used":
      return { what: "Ein Code dieser halben Minute wurde schon angenommen.", todo: "Jeder Code gilt einmal. Warte auf den nächsten." };
    case "other_account":
      return { what: `Das ist der Code von ${found.name}.`, todo: "Tipp den Code, der hier steht." };
    case "other_settings":
      return { what: `Dieser Code passt zu anderen Einstellungen: ${found.algorithm}, ${found.digits} Stellen${found.period === null ? "" : `, ${found.period} Sekunden`}.`, todo: "Eine andere App liest diesen Schlüssel mit anderen Einstellungen. Lies den QR-Code des Dienstes noch einmal, statt den Schlüssel zu tippen." };
    case "counter_ahead":
      return { what: `Dieser Code kommt ${mal(found.by, "1 Code", "# Codes")} nach dem, der hier der nächste ist.`, todo: "Auch ein anderes Gerät hat diesen Schlüssel. Vergleiche dieses Konto mit ihm und stell den Zähler hier." };
    case "counter_behind":
      return { what: found.by === 1 ? "Das ist der Code, der hier zuletzt kam." : `Dieser Code kam hier vor ${found.by} Codes.`, todo: "Jeder Code zählt einmal. Nimm den nächsten und tipp den." };
    case "cannot_tell":
      return { what: "Ein Code allein sagt nicht, was er ist.", todo: "Er passt zu etwas, aber so viele Codes wurden verglichen, dass es auch Zufall sein kann. Tipp dort den nächsten Code; wird auch er abgelehnt, tipp ihn hier." };
    case "typo":
      return { what: `Vielleicht war ${found.meant} gemeint.`, todo: "Das sieht nach einem Vertipper aus. Tipp ihn noch einmal, oder kopiere ihn." };
    case "not_this_key":
      return { what: "Dieser Code kommt nicht von dem Schlüssel, den Keyfob hat.", todo: "Vielleicht hat der Dienst inzwischen einen neueren QR-Code gezeigt. Fang dort noch einmal an und lies den, den er jetzt zeigt." };
  }
}

export const companion: typeof english = {
  todoLine,
  todoText,
  todoAction: {
    enroll_again: "Neu einrichten",
    answer: "Antworten",
    record_new_code: "Aufheben",
    prove: "Weiter einrichten",
    save_codes: "Speichern",
    none_left: "Neue holen",
    few_left: "Neue holen",
    advise_enroll_again: "Neu einrichten",
    circle: "Sicherungen …",
    guide: "Weiter einrichten",
    protect: "Passphrase festlegen …",
  },
  leftLine: ({ left: n, of }) => left({ left: n, of }),
  todos: "Zu tun",
  undoOf: (kind) => `Rückgängig: ${undone[kind]}`,
  undone: (kind) => `Zurückgenommen: ${undone[kind]}`,

  onSince: (date) => `An seit ${date}`,
  onProvedSince: (date) => `An seit ${date}, bestätigt`,
  offSince: (date) => `Aus seit ${date}`,

  guideTitle: (service) => `2FA einrichten: ${service}`,
  offTitle: "2FA ist aus: neu einrichten",
  offText: (service) => `Schalte die Zwei-Faktor-Anmeldung bei ${service} wieder ein: dort kommt ein neuer QR-Code. Der Name, der Verlauf und alles andere an diesem Konto bleiben.`,
  offFinal: "Die alte Kopplung geht nie wieder, auch wenn 2FA wieder an ist.",
  oldCode: "Codes des alten Schlüssels",
  pausedTitle: "Noch nicht bestätigt",
  pausedText: "Das Einrichten blieb auf halbem Weg. Das Gelesene ist gespeichert.",
  goOn: "Weiter einrichten",
  enrollAgain: "Neu einrichten …",
  enrollAgainOf: (name) => `Neuer Code für ${name}`,
  againText: "Vergleiche den Code mit dem, was der Dienst erwartet. Dieser Schlüssel tritt dann an die Stelle des alten; der alte bleibt, bis der neue bestätigt ist.",
  againSame: "Das ist der Schlüssel, den dieses Konto schon hat. Beim neuen Einrichten zeigt der Dienst einen neuen.",
  againTake: "Diesen nehmen",
  later: "Später",
  steps: "Schritte",
  stepTitles: { scan: "QR-Code lesen", keep: "Wiederherstellungscodes aufheben", prove: "Einen Code dort eintippen" },
  stepKeepOne: "Wiederherstellungscode aufheben",
  stepNow: (n, of) => `Schritt ${n} von ${of}, jetzt`,
  stepDone: "erledigt",
  stepToCome: "kommt noch",
  goToStep: (n, title) => `Zu Schritt ${n}: ${title}`,
  there: (service) => `Bei ${service}:`,
  somewhere: "In den Sicherheitseinstellungen des Dienstes.",
  click: "Klick auf",
  thenClick: "Dann klick auf",
  needsPassword: "Auch dein Passwort wird verlangt.",
  byHand: (name) => `Wo ein Bild nicht geht, gibt es den Schlüssel als Text: „${name}“.`,
  scanned: "Er ist gelesen: weiter",
  typeThere: "Tipp dort diesen Code:",
  accepted: "Er wurde angenommen",
  notAccepted: "Nicht angenommen",
  refusedTitle: "Warum wurde er nicht angenommen?",
  typedCode: "Der Code, den du dort getippt hast",
  typedHint: "darf leer bleiben",
  findOut: "Herausfinden",
  diagnosis,
  adviceOf: (service) => `${service}:`,
  skip: "Erst einmal überspringen",
  doneTitle: "Eingerichtet",
  doneText: (service) => `Die Zwei-Faktor-Anmeldung ist bei ${service} an, und ein Code wurde angenommen.`,
  doneUnproved: "Das Gelesene ist gespeichert.",
  doneNothing: "Es ist nichts mehr zu tun.",
  doneLeft: "Was noch zu tun ist, steht darunter.",
  doneClose: "Fertig",
  formerKeys: (n) => mal(n, "Der alte Schlüssel bleibt, bis der neue bestätigt ist.", "# alte Schlüssel bleiben, bis der neue bestätigt ist."),

  playbook: "Anleitung",
  changePlaybook: "Ändern",
  changePlaybookLabel: (name) => `Anleitung: ${name}. Ändern`,
  playbookTitle: "Welcher Dienst ist es?",
  playbookText: "Die Anleitung sagt, wo zu klicken ist und in welcher Folge. Am Gespeicherten ändert sie nichts.",
  searchPlaybooks: "Anleitungen durchsuchen",
  anyService: "Ein anderer Dienst",
  noPlaybook: "Keine Anleitung passt. „Ein anderer Dienst“ passt auf alle.",
  suggested: "passt zum Namen",
  own: "deine eigene",
  chosen: "gewählt",
  source: (source, date) => `Quelle: ${source}, gelesen am ${date}`,
  playbookFolder: (folder) => `Deine eigenen Anleitungen kommen nach ${folder}.`,
  broken: (file, line, reason) => `${file}${line === null ? "" : `, Zeile ${line}`}: ${reason}`,

  recoveryOne: "Wiederherstellungscode",
  recoverySome: "Wiederherstellungscodes",
  emptyText: "Dein Weg zurück, wenn die Codes hier verloren gehen. Der Dienst zeigt sie beim Einrichten von 2FA.",
  emptyOne: "Ein Code, der bei jedem Verbrauch ersetzt wird.",
  emptySome: (n) => `Der Dienst gibt ${n} Codes; jeder gilt einmal.`,
  onceOnly: "Er zeigt sie nur einmal.",
  formLabel: "Wiederherstellungscodes, oder der Text um sie herum",
  formLabelOne: "Der Wiederherstellungscode, oder der Text um ihn herum",
  formHint: "Füg die ganze Seite ein, ihr JSON oder die Codes. Bilder von Text werden nicht gelesen: tippen oder einfügen.",
  find: "Codes suchen",
  paste: "Einfügen",
  chooseFile: "Datei wählen …",
  none: "Dieser Dienst gibt keine",
  noneSaid: "Dieser Dienst gibt keine Wiederherstellungscodes.",
  noneByBook: (service) => `${service} gibt keine Wiederherstellungscodes.`,
  some: "Er gibt doch welche",
  inGuide: "Die Anleitung oben fragt danach, wenn es so weit ist.",
  whenOn: "Neue zeigt der Dienst, wenn du neu einrichtest.",

  foundTitle: (n) => mal(n, "Ist das der Wiederherstellungscode?", "Sind das die Wiederherstellungscodes?"),
  foundText: "Vergleiche sie mit der Seite des Dienstes und heb sie dann auf.",
  foundCode: (n, text) => `Code ${n} aufheben: ${text}`,
  unsure: "Ist das einer?",
  known: { unused: "schon gespeichert", used: "gespeichert und verbraucht", void: "seither ungültig" },
  wrongCount: ({ expected, codes }) => `${mal(codes.filter((code) => code.sure).length, "1 Code war zu finden", "# Codes waren zu finden")}; meist gibt der Dienst ${expected.count}.`,
  wrongLength: ({ expected }) => `Einige haben nicht ${expected.length} Zeichen wie die des Dienstes.`,
  wrongAlphabet: "In einigen stehen Zeichen, die in den Codes des Dienstes nicht vorkommen.",
  kindOf: "Was sie sind",
  kinds: { rotating: "Ein Code, der bei jedem Verbrauch ersetzt wird", set: "Mehrere Codes, jeder einmal zu verwenden" },
  rotatingOne: "Heb nur einen Code auf, oder wähle „Mehrere Codes“.",
  replaces: (n) => mal(n, "1 gespeicherter, unverbrauchter Code wird ungültig.", "# gespeicherte, unverbrauchte Codes werden ungültig."),
  keep: (n) => mal(n, "1 Code aufheben", "# Codes aufheben"),
  kept: (n) => mal(n, "Der Wiederherstellungscode ist gespeichert", "# Wiederherstellungscodes sind gespeichert"),
  noneSaved: "Vermerkt: dieser Dienst gibt keine Wiederherstellungscodes",

  keptOn: (date) => `Gespeichert am ${date}`,
  code: (n) => `Code ${n}`,
  codeState: (state, date) => (date === null ? codeStates[state] : `${codeStates[state]} am ${date}`),
  gone: "Text gelöscht",
  hidden: "verdeckt",
  reveal: "Zeigen",
  revealOf: (n) => `Code ${n} zeigen`,
  hide: "Verdecken",
  hideOf: (n) => `Code ${n} verdecken`,
  use: "Kopieren",
  useOf: (n) => `Code ${n} kopieren, um ihn zu verwenden`,
  copiedCode: (n) => `Wiederherstellungscode ${n} kopiert. In einer Minute verlässt er die Zwischenablage.`,
  useWhere: (service) => `Beim Anmelden bei ${service}:`,
  after: {
    off: "Die Anmeldung damit schaltet 2FA aus. Keyfob führt dich dann durch ein neues Einrichten.",
    enroll_again: "Danach rät der Dienst, 2FA auszuschalten und neu einzurichten.",
    on: "",
  },
  fresh: "Bei jedem Verbrauch gibt der Dienst einen neuen aus: heb ihn auf.",
  didItWork: "Ging er?",
  didItWorkOf: (n) => `Ging Code ${n}?`,
  answers: { worked: "Er ging", not_used: "Nicht verwendet", refused: "Er wurde abgelehnt" },
  answered: {
    worked: (n) => `Wiederherstellungscode ${n} ist verbraucht`,
    not_used: (n) => `Wiederherstellungscode ${n} bleibt unverbraucht`,
    refused: (n) => `Wiederherstellungscode ${n} wurde abgelehnt`,
  },
  revealAll: "Alle zeigen",
  hideAll: "Alle verdecken",
  print: "Eine Seite drucken …",
  newCodes: "Neue Codes …",
  newOne: "Neuer Code …",
  newTitle: "Neue Codes vom Dienst",
  newTitleOne: "Ein neuer Code vom Dienst",
  newNone: "Wo dieser Dienst neue gibt, weiß Keyfob nicht; sieh in seinen Sicherheitseinstellungen nach.",
  newVoidOne: "Hat der Dienst einen neuen ausgegeben, ist der alte ungültig, auch hier.",
  newVoid: "Hat der Dienst neue ausgegeben, sind die alten ungültig, auch hier.",
  protectedNote: "Diese Codes haben eine eigene Passphrase.",
  pastTitle: (n) => mal(n, "1 früherer Satz Codes", "# frühere Sätze Codes"),
  pastOf: (since, why) => `ungültig seit ${since}${why === null ? "" : `: ${voidWhy[why]}`}`,
  pastCodes: (n, used) => `${mal(n, "1 Code", "# Codes")}, ${used} verbraucht`,

  lockText: "Gib die Passphrase der Wiederherstellungscodes. Sie bleiben offen, bis du dieses Konto verlässt.",
  lockLabel: "Passphrase der Wiederherstellungscodes",
  lockOpen: "Öffnen",

  paperTitle: (name) => `Wiederherstellungscodes: ${name}`,
  paperText: (date) => `Gedruckt am ${date} von Keyfob. Jeder Code gilt einmal: hak ihn ab, wenn er verbraucht ist.`,
  paperTextOne: (date) => `Gedruckt am ${date} von Keyfob. Er gilt einmal; dann gibt der Dienst einen neuen aus.`,
  paperWarning: "Wer dieses Blatt liest und das Passwort kennt, kommt hinein. Heb es dort auf, wo weder Feuer noch Diebe es mit diesem Rechner finden.",
  printNow: "Drucken …",

  serviceTitle: (service) => `Bei ${service}`,
  dryRun: "Auch der Dienst prüft einen Code, ohne etwas zu ändern.",
  secondTitle: "Ein zweites Gerät",
  secondDevice: {
    same_qr: "Der Dienst kann denselben QR-Code noch einmal zeigen: lies ihn auch mit dem anderen Gerät.",
    set_up_again: "Ein zweites Gerät braucht einen neuen QR-Code, und das alte geht dann nicht mehr. Keyfob kann den neuen Schlüssel aufheben: richte neu ein.",
    add: "Der Dienst nimmt mehrere Authenticator-Apps nebeneinander: füg das andere Gerät dort hinzu.",
  },
  lostTitle: "Wenn ein Gerät verloren ist",
  disableTitle: "2FA ausschalten",
  disableFinal: "Das lässt sich nicht rückgängig machen: die alte Kopplung geht nie wieder.",
  disableUnknown: "Wo, weiß Keyfob nicht; sieh in den Sicherheitseinstellungen des Dienstes nach.",
  disabled: "Ich habe 2FA dort ausgeschaltet",
  disabledSure: "Ist 2FA beim Dienst aus? Die Wiederherstellungscodes werden ungültig, und dieses Konto ist dann neu einzurichten.",
  disabledYes: "Ja, es ist aus",
  disabledSaid: "Vermerkt: 2FA ist aus",
  needs: {
    code: "Verlangt wird ein aktueller Code.",
    password: "Verlangt wird dein Passwort.",
    nothing: "",
    enroll_again: "Neue gibt der Dienst nur, wenn du 2FA neu einrichtest.",
    administrator: "Das muss jemand tun, der den Dienst verwaltet.",
  },

  guardsTitle: "Was dieses Konto schützt",
  guardsText: "Brauchst du den Code dieses Kontos, um an das zu kommen, was deinen Tresor öffnet, bist du vielleicht aus beidem ausgesperrt.",
  guardsKit: "Das Wiederherstellungsblatt dieses Tresors liegt hinter diesem Konto",
  guardsBackup: "Eine Sicherung dieses Tresors liegt hinter diesem Konto",
};
