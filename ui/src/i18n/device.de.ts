// Was man liest, wenn man das Gerät wechselt, Schlüssel auf ein anderes bringt und zwei Keyfobs vergleicht, auf Deutsch.

import type { ComparedSettings, Side, VaultDifference } from "../ipc/backend";
import type { compare as englishCompare, device as english } from "./device.en";

const mal = (n: number, eins: string, viele: string): string => (n === 1 ? eins : viele.replace("#", n.toLocaleString("de")));

export const deviceErrors = {
  change_none: { message: "Es läuft kein Gerätewechsel", remedy: "Beginne einen, oder öffne den letzten wieder." },
  change_under_way: { message: "Es läuft schon ein Gerätewechsel", remedy: "Führe ihn weiter, oder brich ihn zuerst ab." },
  change_codes_left: { message: "Wiederherstellungscodes sind nur auf dem Gerät, das zurückgesetzt werden soll", remedy: "Druck sie; oder schreib noch einmal eine Übertragungsdatei und prüfe das Konto, sobald sie aufgenommen ist; oder überspring sie." },
  change_not_safe: { message: "Einige Konten sind weder geprüft noch ausgenommen", remedy: "Prüfe jedes, das übrig ist, mit einem Code des anderen Geräts, oder nimm es aus. Ist gar kein Konto da, gibt es nichts abzuschließen; was nur ein neueres Keyfob versteht, braucht dieses." },
  transfer_unreadable: { message: "Das ist keine Übertragungsdatei von Keyfob", remedy: "Wähle eine Datei, die ein anderes Keyfob dafür geschrieben hat, ganz und unverändert." },
  transfer_passphrase_wrong: { message: "Die Passphrase öffnet diese Datei nicht", remedy: "Tipp sie, wie das andere Gerät sie zeigte, als es diese Datei schrieb." },
  transfer_nothing: { message: "Keines dieser Konten passt in einen solchen Code", remedy: "Zeig den QR-Code jedes Kontos einzeln, oder schreib eine Übertragungsdatei." },
  transfer_future: { message: "Diese Datei wurde, nach der Uhr dieses Rechners, in der Zukunft geschrieben", remedy: "Sieh nach, ob die Uhren beider Rechner stimmen, und schreib die Datei dann noch einmal." },
  compare_unreadable: { message: "Das ist keine Datei zum Vergleichen zweier Keyfobs", remedy: "Wähle die Datei, die das andere Keyfob dafür geschrieben hat, ganz und unverändert." },
  compare_code_wrong: { message: "Der kurze Code öffnet diese Datei nicht", remedy: "Tipp ihn, wie das andere Gerät ihn zeigte, als es diese Datei schrieb." },
};

function difference(found: VaultDifference, other: string): { what: string; todo: string } {
  const where = (side: Side): string => (side === "here" ? "hier" : `auf ${other}`);
  const elsewhere = (side: Side): string => (side === "here" ? `auf ${other}` : "hier");
  switch (found.kind) {
    case "missing":
      return found.side === "here"
        ? { what: `Fehlt hier: nur ${other} hat es.`, todo: "Brauchst du es hier, hol es her: zeig dort seinen QR-Code, oder schreib dort eine Übertragungsdatei und nimm sie hier auf." }
        : { what: `Fehlt auf ${other}: nur dieses Keyfob hat es.`, todo: "Brauchst du es dort, bring es hin: zeig hier seinen QR-Code, oder schreib eine Übertragungsdatei." };
    case "key":
      return { what: "Ein anderer Schlüssel: die beiden machen verschiedene Codes.", todo: "Einer davon ist alt. Melde dich beim Dienst mit einem Code des einen an; der, den er annimmt, ist richtig, und der andere gehört ersetzt." };
    case "settings":
      return { what: `Andere Einstellungen: hier ${settings(found.here)}; auf ${other} ${settings(found.there)}.`, todo: "Die beiden machen aus einem Schlüssel verschiedene Codes. Behalte den, dessen Code der Dienst annimmt, und füge den anderen aus seinem QR-Code neu hinzu." };
    case "counter":
      return { what: `Der Zähler ist ${where(found.ahead)} um ${mal(Number(found.by), "1 Schritt", `${found.by} Schritte`)} voraus.`, todo: `Die Codes ${elsewhere(found.ahead)} sind beim Dienst verbraucht, oder bald. Prüfe einen Code des Kontos: Keyfob bietet an, den Zähler zu stellen.` };
    case "names":
      return { what: `Auf ${other} heißt es „${[found.issuer, found.label].filter(Boolean).join(" · ") || "ohne Namen"}“.`, todo: "Benenne eines um, damit du es unter einem Namen findest." };
    case "void":
      return gone(found.why, where(found.side), elsewhere(found.side));
    case "recovery_codes":
      return { what: codes(found, other), todo: codesTodo(found, other) };
  }
}

function settings({ type, algorithm, digits, period }: ComparedSettings): string {
  const names = { SHA1: "SHA-1", SHA256: "SHA-256", SHA512: "SHA-512" };
  const kinds = { totp: "TOTP", hotp: "HOTP", steam: "Steam" };
  return [kinds[type], names[algorithm], `${digits} Stellen`, ...(period === null ? [] : [`${period} s`])].join(", ");
}

function gone(why: "off" | "trash" | "purged", where: string, elsewhere: string): { what: string; todo: string } {
  switch (why) {
    case "off":
      return { what: `2FA ist ${where} aus, aber nicht ${elsewhere}.`, todo: `Sieh beim Dienst nach, ob 2FA an ist. Ist es aus, vermerk es auch ${elsewhere}; die Codes dort sind tot.` };
    case "trash":
      return { what: `${where.charAt(0).toUpperCase()}${where.slice(1)} im Papierkorb und ${elsewhere} noch in Gebrauch.`, todo: "Hol es aus dem Papierkorb, oder lösche es auf beiden." };
    case "purged":
      return { what: `${where.charAt(0).toUpperCase()}${where.slice(1)} endgültig gelöscht und ${elsewhere} noch da.`, todo: `Lösche es auch ${elsewhere}, oder hol es von dort zurück.` };
  }
}

type Codes = Extract<VaultDifference, { kind: "recovery_codes" }>;

function codes({ only_here, only_there, used_here, used_there }: Codes, other: string): string {
  const said = [
    ...(used_there > 0 ? [mal(used_there, `1 ist auf ${other} verbraucht oder ungültig und wird hier noch angeboten`, `# sind auf ${other} verbraucht oder ungültig und werden hier noch angeboten`)] : []),
    ...(used_here > 0 ? [mal(used_here, `1 ist hier verbraucht oder ungültig und wird auf ${other} noch angeboten`, `# sind hier verbraucht oder ungültig und werden auf ${other} noch angeboten`)] : []),
    ...(only_here > 0 ? [mal(only_here, "1 brauchbarer ist nur hier", "# brauchbare sind nur hier")] : []),
    ...(only_there > 0 ? [mal(only_there, `1 brauchbarer ist nur auf ${other}`, `# brauchbare sind nur auf ${other}`)] : []),
  ];
  return `Wiederherstellungscodes: ${said.join("; ")}.`;
}

function codesTodo({ only_here, only_there, used_here, used_there }: Codes, other: string): string {
  const todo = [
    ...(used_there > 0 ? ["vermerk hier als verbraucht, was dort verbraucht ist"] : []),
    ...(used_here > 0 ? [`vermerk auf ${other} als verbraucht, was hier verbraucht ist`] : []),
    ...(only_here + only_there > 0 ? ["hat der Dienst seither neue ausgegeben, gelten nur die neuesten: verwahr die auf beiden"] : []),
  ].join("; ");
  return `${todo.charAt(0).toUpperCase()}${todo.slice(1)}.`;
}

const by = {
  qr: "mit seinem QR-Code",
  google_qr: "mit einem Code für mehrere",
  file: "mit einer Datei",
  enrolled_again: "neu eingerichtet",
  otherwise: "von Hand",
};

export const device: typeof english = {
  open: "Gerät gewechselt",
  openHint: "Gerät gewechselt (Strg Umschalt D)",
  title: "Ein anderes Gerät",
  back: "Zurück zu den Codes",
  parts: { change: "Gerät gewechselt", compare: "Zwei Keyfobs vergleichen" },
  loading: "Deine Konten werden durchgesehen …",
  moment: "Einen Moment …",
  notice: "Ein Gerätewechsel läuft. Setz das alte Gerät nicht zurück, bevor er fertig ist.",
  goOn: "Weiterführen",
  arrivedNotice: "Deine Konten kamen von einem anderen Gerät. Prüfe, ob beide dieselben Codes geben, bevor du das alte zurücksetzt.",
  checkNow: "Prüfen",
  notNow: "Jetzt nicht",

  settingsTitle: "Ein anderes Gerät",
  settingsText: "Bring deine Konten auf ein neues Telefon oder einen neuen Rechner, oder stell sicher, dass zwei Geräte dieselben Codes geben.",
  compareOpen: "Mit einem anderen Keyfob vergleichen",

  beginText: "Ein neues Telefon, ein wiederhergestellter Rechner, eine andere Authenticator-App: hier geht es Konto für Konto, bis das alte Gerät zurückgesetzt werden kann.",
  whichTitle: "Was hat sich geändert?",
  choices: { old: "Ich ziehe auf ein anderes Gerät um", new: "Ich bin auf dieses umgezogen" },
  otherName: { old: "Wie das neue Gerät heißt", new: "Wie das alte Gerät heißt" },
  otherHint: "zum Beispiel Zoes neues Telefon",
  stepsTitle: "Was geschehen wird",
  steps: {
    old: [
      "Jedes Konto kommt auf das andere Gerät: mit seinem QR-Code, mehrere in einem Code oder in einer Datei.",
      "Du tippst für jedes einen Code des anderen Geräts, und Keyfob sagt, ob beide gleichauf sind.",
      "Ist jedes Konto geprüft, oder von dir ausgenommen, sagt Keyfob, dass du dieses Gerät zurücksetzen kannst. Du kannst jederzeit aufhören und Tage später weitermachen.",
    ],
    new: [
      "Jedes Konto, das hier ist, steht in einer Tabelle. Was nur das alte Gerät hat, musst du zuerst hinzufügen.",
      "Du tippst für jedes einen Code des alten Geräts, und Keyfob sagt, ob beide gleichauf sind.",
      "Ist jedes Konto geprüft, oder von dir ausgenommen, und zeigt das alte Gerät keines, das hier fehlt, kannst du es zurücksetzen. Du kannst jederzeit aufhören und Tage später weitermachen.",
    ],
  },
  begin: "Beginnen",
  beginAnother: "Zu einem weiteren Gerät wechseln",
  takeIn: "Datei aufnehmen …",

  summary: ({ here, begun_here: mine, other }, date) =>
    here === "old" ? `Von ${mine ? "diesem Gerät" : "dem alten Gerät"} auf „${other}“, begonnen am ${date}${mine ? "" : " auf dem alten"}.` : `Von „${other}“ auf ${mine ? "dieses Gerät" : "das neue Gerät"}, begonnen am ${date}${mine ? "" : " auf dem neuen"}.`,
  progress: (done, all) => `${done.toLocaleString("de")} von ${all.toLocaleString("de")} fertig`,
  notSafe: (n) => `Setz das alte Gerät noch nicht zurück: ${mal(n, "1 Konto ist übrig", "# Konten sind übrig")}.`,
  unreadable: (n) => mal(n, "1 Konto versteht nur ein neueres Keyfob. Es zählt als übrig: aktualisiere Keyfob, dann prüfe es.", "# Konten versteht nur ein neueres Keyfob. Sie zählen als übrig: aktualisiere Keyfob, dann prüfe sie."),
  safe: (here, other) => (here === "old" ? "Jedes Konto ist geprüft oder ausgenommen: das alte Gerät kann zurückgesetzt werden." : `Jedes Konto, das hier ist, ist geprüft oder ausgenommen. Zeigt „${other}“ keines, das in dieser Tabelle fehlt, kann es zurückgesetzt werden.`),
  looked: (other) => `Ich habe nachgesehen: „${other}“ zeigt kein Konto, das hier fehlt`,
  oldIs: ({ here, begun_here: mine, other }) => (here === "new" ? `Das alte Gerät ist „${other}“.` : mine ? "Das alte Gerät ist dieses." : "Das alte Gerät ist das, auf dem das begonnen wurde."),
  onlyHere: "Wiederherstellungscodes gehen in QR-Codes nicht mit, und in einer Datei nur, wenn du sie vorher gesichert hast. Diese sind noch brauchbar und gehen mit diesem Tresor verloren:",
  onlyHereOf: (n, name) => `Nur in diesem Keyfob: ${mal(n, "1 Wiederherstellungscode", "# Wiederherstellungscodes")} von ${name}`,
  onlyHereHow: "Druck sie auf der Seite jedes Kontos. Oder schreib noch einmal eine Übertragungsdatei und prüfe das Konto mit einem Code des anderen Geräts, sobald das andere Keyfob sie aufgenommen hat. Oder überspring sie, wenn du sie nicht mehr brauchst.",
  codesLeft: (n) => `Setz das alte Gerät noch nicht zurück: ${mal(n, "1 Konto hat Wiederherstellungscodes", "# Konten haben Wiederherstellungscodes")}, die nur hier sind.`,
  codesAnyMore: (date, n) => `Am ${date} hieß es, es könne zurückgesetzt werden; ${mal(n, "1 Konto hat Wiederherstellungscodes", "# Konten haben Wiederherstellungscodes")}, die nur hier sind: setz es noch nicht zurück.`,
  codesStay: "Überspringen",
  codesStayOf: (name) => `Die Wiederherstellungscodes von ${name} überspringen: sie können hierbleiben`,
  codesStayText: "Du hast gesagt, dass seine Wiederherstellungscodes hierbleiben können.",
  codesNotStay: "Seine Wiederherstellungscodes doch nicht überspringen",
  onlyHereFile: "Übertragungsdatei mit ihnen …",
  print: "Drucken …",
  printOf: (name) => `Die Wiederherstellungscodes von ${name} drucken`,
  names: (names, more) => `${names.join(", ")}${more > 0 ? ` und ${more.toLocaleString("de")} weitere` : ""}`,
  more: (n) => `und ${n.toLocaleString("de")} weitere`,
  waivedTitle: (n) => mal(n, "1 Konto ist ausgenommen. Seine Codes enden vielleicht mit dem alten Gerät:", "# Konten sind ausgenommen. Ihre Codes enden vielleicht mit dem alten Gerät:"),
  noReason: "kein Grund genannt",
  finish: "Abschließen",
  finished: ({ here, other }, date) => (here === "old" ? `Fertig am ${date}: das alte Gerät kann zurückgesetzt werden.` : `Fertig am ${date}: jedes Konto, das hier ist, war geprüft oder ausgenommen. Zeigt „${other}“ keines, das hier fehlt, kann es zurückgesetzt werden.`),
  notAnyMore: (date, n) => `Am ${date} hieß es, es könne zurückgesetzt werden; ${mal(n, "1 Konto ist seither dazugekommen oder anders", "# Konten sind seither dazugekommen oder anders")}: setz es noch nicht zurück.`,
  noneAnyMore: (date) => `Am ${date} hieß es, es könne zurückgesetzt werden; hier ist kein Konto mehr: setz es nicht zurück, bevor du weißt, wo sie sind.`,
  dropped: (date, left) => left === 0 ? `Abgebrochen am ${date}. Jedes Konto ist geprüft oder ausgenommen: öffne ihn wieder, um ihn abzuschließen.` : `Abgebrochen am ${date}. ${mal(left, "1 Konto ist weder geprüft noch ausgenommen", "# Konten sind weder geprüft noch ausgenommen")}: setz das alte Gerät nicht zurück.`,
  reopen: "Wieder öffnen",
  drop: "Diesen Wechsel abbrechen …",
  dropTitle: "Diesen Gerätewechsel abbrechen?",
  dropText: (left) => `${left === 0 ? "Jedes Konto ist geprüft oder ausgenommen" : mal(left, "1 Konto ist übrig", "# Konten sind übrig")}. Gelöscht wird nichts: was geprüft ist, bleibt vermerkt, und der Wechsel lässt sich wieder öffnen.`,
  dropIt: "Wechsel abbrechen",
  filter: "Filtern",
  filterLabel: "Konten filtern",
  clearFilter: "Filter leeren",
  onlyLeft: "Nur, was übrig ist",
  some: (shown, all) => `${shown.toLocaleString("de")} von ${mal(all, "1 Konto", "# Konten")}`,
  nothingFound: (query) => `Kein Konto passt zu „${query}“.`,
  nothingLeft: "Nichts ist übrig.",
  showAll: "Alle Konten zeigen",
  none: "Noch keine Konten",
  noneText: "Es gibt nichts umzuziehen. Füge deine Konten hinzu, oder nimm eine Datei eines anderen Keyfob auf.",
  table: "Konten dieses Wechsels",
  pick: (name) => `${name} auswählen`,
  pickShown: (n) => mal(n, "1 ausgewählt", "# ausgewählt"),
  pickShownLabel: "Alle gezeigten auswählen",
  google: "Mehrere in einem QR-Code …",
  file: "Übertragungsdatei …",

  states: { to_move: "Umzuziehen", to_check: "Zu prüfen", checked: "Geprüft", waived: "Ausgenommen" },
  openRow: { to_move: "Umziehen …", to_check: "Prüfen …", checked: "Mehr …", waived: "Mehr …" },
  closeRow: "Schließen",
  movedOn: (date, how) => `${date}, ${by[how]}`,
  off: "2FA ist für dieses Konto beim Dienst aus. Mit seinen Codes meldet man sich nirgends an: nimm es aus, oder richte es neu ein.",
  pending: "Noch wurde kein Code dieses Kontos angenommen. Bestätige es beim Dienst, bevor du es umziehst.",
  enrolledHint: "Das andere Gerät hat einen eigenen Schlüssel, seit du neu eingerichtet hast; der hier ist der alte. Hol den neuen hierher (Neu einrichten), oder nimm das Konto aus.",
  showCode: "QR-Code zeigen …",
  showCodeOf: "Seinen QR-Code zeigen …",
  alreadyThere: "Es ist schon dort",
  enroll: "Neu einrichten: seine Anleitung",
  enrolled: "Ich habe es neu eingerichtet",
  checkLabel: (here, other) => (here === "old" ? `Der Code, den „${other}“ jetzt zeigt` : `Der Code, den das alte Gerät „${other}“ jetzt zeigt`),
  secondLabel: "Der nächste Code, den es zeigt",
  check: "Prüfen",
  checking: "Wird verglichen …",
  nextAccount: "Nächstes Konto",
  showAgain: "QR-Code noch einmal zeigen …",
  notMoved: { old: "Es ist doch nicht dort", new: "Prüfung zurücknehmen" },
  checkedText: (date) => `Beide Geräte gaben am ${date} denselben Code.`,
  waive: "Ausnehmen …",
  waiveText: (name) => `${name} bleibt, wie es ist: es wird nicht geprüft und hält das Zurücksetzen des alten Geräts nicht auf.`,
  waiveWhy: "Warum (am Ende siehst du es wieder)",
  waiveIt: (name) => `${name} ausnehmen`,
  unwaive: "Doch nicht ausnehmen",
  waivedText: (date, why) => `Ausgenommen am ${date}${why ? `: ${why}` : ", kein Grund genannt"}.`,
  saidMoved: (n) => mal(n, "Umgezogen. Prüfe es jetzt mit einem Code des anderen Geräts", "# umgezogen. Prüfe jetzt jedes mit einem Code des anderen Geräts"),
  saidChecked: (name) => `${name} ist auf beiden Geräten gleichauf`,
  saidWaived: (name) => `${name} ist ausgenommen`,

  codeTitle: (name) => `Der QR-Code von ${name}`,
  codeWarning: "Hier steht der Schlüssel selbst. Wer den Bildschirm sieht, oder ein Bild davon, hat deine Codes für immer. Sieh nach, wer hinter dir steht, und teile den Bildschirm mit niemandem.",
  keysOnly: "Darin ist nur der Schlüssel, und kein Wiederherstellungscode: die gehen in einer Übertragungsdatei mit, oder auf Papier.",
  showIt: "QR-Code zeigen",
  codeAlt: (name) => `QR-Code mit dem Schlüssel von ${name}`,
  codeHow: (other) => `Lies ihn mit ${other ? `„${other}“` : "dem anderen Gerät"} ein, in der Authenticator-App dort.`,
  onTheOther: "Es ist auf dem anderen Gerät",
  hide: "Verbergen",
  googleTitle: (n) => mal(n, "1 Konto in einem QR-Code", "# Konten in QR-Codes"),
  googleText: (other) => `Google Authenticator, und Apps, die seinen Export lesen, nehmen bis zu zehn Konten aus einem Code. Keyfob zeigt einen Code nach dem anderen; lies jeden mit ${other ? `„${other}“` : "dem anderen Gerät"} ein. Auch ein anderes Keyfob liest sie.`,
  keysOnlySome: "Darin sind nur Schlüssel, und keine Wiederherstellungscodes: die gehen in einer Übertragungsdatei mit, oder auf Papier.",
  againTitle: (n) => mal(n, "1 muss dort neu eingerichtet werden: nach seiner Anleitung genügt eine Kopie des Schlüssels nicht. Richte es stattdessen neu ein:", "# müssen dort neu eingerichtet werden: nach ihren Anleitungen genügt eine Kopie des Schlüssels nicht. Richte sie stattdessen neu ein:"),
  leftOutTitle: (n) => mal(n, "1 passt nicht in diese Codes; zeig es einzeln, oder nimm eine Übertragungsdatei:", "# passen nicht in diese Codes; zeig jedes einzeln, oder nimm eine Übertragungsdatei:"),
  leftOut: {
    steam: "Steams Codes sind nicht die von Google",
    digits: "Googles Codes kennen nur 6 oder 8 Stellen",
    period: "Googles Codes kennen nur 30 Sekunden",
    counter: "sein Zähler ist zu hoch für Googles Codes",
    long: "sein Schlüssel oder seine Namen sind zu lang für einen QR-Code",
  },
  showThem: "QR-Codes zeigen",
  nothingFits: "Keines der gewählten Konten passt in diese Codes.",
  codeOf: (n, all, accounts) => `Code ${n} von ${all}: ${mal(accounts, "1 Konto", "# Konten")}`,
  googleAlt: (n, all) => `QR-Code ${n} von ${all}, mit Schlüsseln`,
  previous: "Zurück",
  next: "Weiter",
  play: "Abspielen",
  pause: "Anhalten",
  playHint: "zeigt alle 5 Sekunden den nächsten Code",
  allScanned: "Alle eingelesen",

  fileTitle: (n) => mal(n, "1 Konto in einer Übertragungsdatei", "# Konten in einer Übertragungsdatei"),
  fileText: "Für ein anderes Keyfob: mit Wiederherstellungscodes, Notizen und allem, was zu einem Konto gehört. Die Datei ist verschlüsselt; diese Passphrase öffnet sie.",
  passphrase: "Passphrase der Datei",
  passphraseHint: "Sie steht hier, bis dieses Fenster zugeht. Tipp sie ab, oder schreib sie auf.",
  typeOwn: "Eigene eintippen",
  drawn: "Die ausgeloste nehmen",
  own: "Deine eigene Passphrase, 8 Zeichen oder mehr",
  write: "Datei schreiben …",
  writing: "Die Datei wird verschlüsselt …",
  writtenTo: (file) => `Geschrieben als ${file}.`,
  writtenHow: "Öffne sie auf dem anderen Gerät, unter Gerät gewechselt ▸ Datei aufnehmen.",
  writtenApart: "Die Passphrase geht einen anderen Weg als die Datei: lies sie vor, oder tipp sie von diesem Bildschirm ab. Lösche die Datei, sobald sie aufgenommen ist.",
  writtenOpens: "Die Passphrase, die sie öffnet:",
  takenIn: "Sie ist dort aufgenommen",
  later: "Noch nicht",
  fileHold: "Die Passphrase steht nur jetzt hier. Drück noch einmal Escape, oder einen Knopf, um das hier zu schließen.",
  takeInTitle: "Datei eines anderen Keyfob aufnehmen",
  takeInText: "Eine Übertragungsdatei, die ein anderes Keyfob geschrieben hat. Was schon hier ist, bleibt; von jedem Konto zählt das Neuere.",
  takeInFirst: "Von einem anderen Keyfob",
  takeInFirstText: "Auf dem anderen Gerät: Gerät gewechselt ▸ Übertragungsdatei. Bring die Datei hierher, dann:",
  choose: "Datei wählen …",
  chosen: (file) => `Gewählt: ${file}`,
  filePassphrase: "Passphrase, die das andere Gerät zeigte",
  takeItIn: "Aufnehmen",
  takingIn: "Die Datei wird geöffnet …",
  received: ({ added, changed, same }) =>
    added.length + changed.length === 0
      ? `Nichts Neues: ${mal(same, "das Konto war schon hier", "alle # Konten waren schon hier")}.`
      : [...(added.length > 0 ? [mal(added.length, "1 Konto ist neu", "# Konten sind neu")] : []), ...(changed.length > 0 ? [mal(changed.length, "1 wurde geändert", "# wurden geändert")] : []), ...(same > 0 ? [mal(same, "1 war schon hier", "# waren schon hier")] : [])].join(", ") + ".",
  receivedNew: "Hinzugekommen",
  receivedChanged: "Geändert",
  receivedPurged: (n) => mal(n, "1 ist hier endgültig gelöscht und bleibt es.", "# sind hier endgültig gelöscht und bleiben es."),
  receivedUnreadable: (n) => mal(n, "1 braucht ein neueres Keyfob. Es bleibt erhalten.", "# brauchen ein neueres Keyfob. Sie bleiben erhalten."),
  receivedNoKeychain: "Der Schlüsselbund dieses Rechners ließ sich nicht verwenden: leg in den Einstellungen eine Passphrase oder einen Wiederherstellungsschlüssel fest.",
  another: "Noch eine aufnehmen",
  checkThem: "Mit dem alten Gerät vergleichen",
};

export const compare: typeof englishCompare = {
  text: "Sieh, worin sich dieses Keyfob von einem anderen unterscheidet, ohne dass ein Schlüssel umzieht.",
  makeTitle: "Hier: eine Datei machen",
  makeText: "Damit das andere Keyfob sich mit diesem vergleicht.",
  tells: "Was die Datei sagt, wenn jemand sie und den Code hat: wie deine Konten heißen, wie ihre Codes gemacht werden und ob sie an, aus oder im Papierkorb sind.",
  tellsNot: "Was sie nicht sagt: keinen Schlüssel, keinen Code, keinen Wiederherstellungscode.",
  make: "Datei machen …",
  makeAgain: "Noch eine machen …",
  making: "Die Datei wird geschrieben …",
  made: (file) => `Geschrieben als ${file}. Bring sie auf das andere Gerät, wähle sie dort und tipp diesen Code:`,
  code: "Code für das andere Gerät",
  once: "Er steht nur jetzt hier und öffnet nur diese Datei.",
  readTitle: "Hier: die Datei des anderen lesen",
  readText: "Falls das andere Keyfob eine gemacht hat. Geändert wird dabei nichts.",
  read: "Seine Datei wählen …",
  readAnother: "Eine andere Datei wählen …",
  chosen: (file) => `Gewählt: ${file}`,
  codeLabel: "Code, den das andere Gerät zeigt",
  compare: "Vergleichen",
  comparing: "Wird verglichen …",
  madeAt: (other, date) => `${other}, Stand vom ${date}`,
  nothing: (n) => `Nichts unterscheidet sich: ${mal(n, "das Konto ist", "alle # Konten sind")} auf beiden gleich.`,
  nothingAtAll: "Nichts unterscheidet sich: auf keinem ist ein Konto.",
  notCompared: (n) => mal(n, "1 Konto versteht nur ein neueres Keyfob. Es wurde nicht verglichen: aktualisiere Keyfob.", "# Konten versteht nur ein neueres Keyfob. Sie wurden nicht verglichen: aktualisiere Keyfob."),
  hold: "Der kurze Code steht nur jetzt hier. Verlassen?",
  stay: "Bleiben",
  leave: "Verlassen",
  found: (differ, same) => `${mal(differ, "1 Konto unterscheidet sich", "# Konten unterscheiden sich")}, ${mal(same, "1 ist gleich", "# sind gleich")}.`,
  differing: "Was sich unterscheidet",
  openAccount: "Öffnen",
  openAccountOf: (name) => `${name} öffnen`,
  difference,
};
