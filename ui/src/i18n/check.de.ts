// Was man liest, während ein Konto mit einem anderen Gerät verglichen wird, auf Deutsch.

import type { Diagnosis, OffsetView, Setting, WhoseClock } from "../ipc/backend";
import type { check as english, Theirs } from "./check.en";

export const checkErrors = {
  check_same_code: { message: "Das ist noch einmal der erste Code", remedy: "Warte, bis das andere Gerät einen anderen zeigt, und tipp den." },
  counter_backward: { message: "Der Zähler hier ist inzwischen weiter", remedy: "Ein Zähler geht nur vorwärts: lass ihn, wie er ist." },
};

const mal = (n: number, eins: string, viele: string): string => (n === 1 ? eins : viele.replace("#", exact.format(n)));
const exact = new Intl.NumberFormat("de");
const whole = new Intl.NumberFormat("de", { maximumSignificantDigits: 3 });
const large = new Intl.NumberFormat("de", { maximumSignificantDigits: 3, notation: "compact", compactDisplay: "long" });

/** Eine Zahl, die nur ungefähr stimmen muss. */
function number(n: number): string {
  return n < 1e6 ? whole.format(n) : large.format(n);
}

/** Wie viel, in den größten Einheiten, die es gut sagen; im dritten oder vierten Fall. */
export function span(seconds: number): string {
  if (seconds < 120) return mal(seconds, "1 Sekunde", "# Sekunden");
  const hours = Math.round(seconds / 1_800) / 2;
  const round = hours >= 1 && Math.abs(seconds - hours * 3_600) < 120;
  if (seconds < 7_200 && !round) return mal(Math.round(seconds / 60), "1 Minute", "# Minuten");
  return hours < 48 ? mal(hours, "1 Stunde", "# Stunden") : mal(Math.round(hours / 24), "1 Tag", "# Tagen");
}

const settings: Record<Setting, string> = { type: "die Art", algorithm: "das Verfahren", digits: "die Stellen", period: "die Dauer" };
const listOf = (differs: Setting[]): string => new Intl.ListFormat("de").format(differs.map((one) => settings[one]));
const other = (differs: Setting[]): string => `${listOf(differs)} ${differs.length === 1 && differs[0] !== "digits" ? "ist anders" : "sind anders"}`;

/** Was der Code ist. */
function what(found: Diagnosis, own: string): string {
  switch (found.kind) {
    case "right": return "Im Takt: beide haben denselben Code.";
    case "used": return "Im Takt, aber dieser Code wurde schon verwendet.";
    case "expired": return `Derselbe Schlüssel, aber ${mal(found.steps, "1 Code", "# Codes")} zurück: dieser galt vor ${span(found.seconds)}.`;
    case "early": return `Derselbe Schlüssel, aber ${mal(found.steps, "1 Code", "# Codes")} voraus: dieser gilt in ${span(found.seconds)}.`;
    case "counter_ahead": return `Derselbe Schlüssel, und das andere Gerät ist ${mal(found.by, "1 Code", "# Codes")} weiter.`;
    case "counter_behind": return found.by === 1 ? "Derselbe Schlüssel: das ist der Code, der hier zuletzt kam." : `Derselbe Schlüssel: dieser Code kam hier vor ${number(found.by)} Codes.`;
    case "other_account": return `Das ist der Code von ${found.name}, nicht von ${own}.`;
    case "other_settings": return `Derselbe Schlüssel, aber anders in Codes umgerechnet: ${other(found.differs)}.`;
    case "typo": return "Vielleicht vertippt.";
    case "cannot_tell": return "Ein Code allein genügt nicht.";
    case "not_this_key": return "Dieser Code kommt nicht von dem Schlüssel, den Keyfob hat.";
  }
}

/** Was dann zu tun ist. */
function todo(found: Diagnosis, { own, proved, theirs }: { own: string; proved: boolean; theirs: Theirs }): string {
  switch (found.kind) {
    case "right": return "";
    case "used": return "Ein Code dieser Zeit wurde schon angenommen. Ein Dienst nimmt jeden einmal: warte auf den nächsten, bevor du dich anmeldest.";
    case "expired":
    case "early": return "";
    case "counter_ahead": return "Stell den Zähler hier dorthin, wo der andere steht, damit beide mit demselben Code weitergehen.";
    case "counter_behind": return found.by === 1 ? "Zeigt ihn das andere Gerät erst jetzt, verlang dort noch einen. Ein Dienst nimmt jeden Code einmal." : `Jeder Code zählt einmal: verlang auf dem anderen Gerät noch ${number(found.by)} Codes, oder nimm den nächsten von hier.`;
    case "other_account": return `Such auf dem anderen Gerät nach ${own}.`;
    case "other_settings":
      if (theirs === "old") return proved ? "Der Dienst hat schon einen Code von hier angenommen, also stimmt, was hier steht, und nicht das alte Gerät." : "Setz das alte Gerät nicht zurück; hol das Konto noch einmal mit seinem QR-Code hierher: wird nur der Schlüssel getippt, gehen diese Angaben verloren. Welche von beiden stimmen, sagt der QR-Code des Dienstes.";
      return `Übertrag das Konto noch einmal mit seinem QR-Code: wird nur der Schlüssel getippt, gehen diese Angaben verloren. ${proved ? "Der Dienst hat schon einen Code von hier angenommen, also stimmt, was hier steht." : "Welche von beiden stimmen, sagt der QR-Code des Dienstes."}`;
    case "typo": return "Das ist geraten: tipp den Code noch einmal, oder warte auf den nächsten.";
    case "cannot_tell": return "So viele Codes wurden verglichen, dass dieser auch durch Zufall passen kann. Tipp den Code, den das andere Gerät als Nächstes zeigt; beide werden dann zusammen betrachtet.";
    case "not_this_key":
      if (theirs === "old") return `Sieh nach, ob es auf dem alten Gerät ${own} ist und ob der Code noch dort stand. Wenn ja: das alte Gerät hat einen anderen Schlüssel. Setz es nicht zurück; hol seinen Schlüssel hierher.`;
      if (theirs === "own") return "Das andere Gerät hat einen eigenen Schlüssel, seit du neu eingerichtet hast; der hier ist der alte. Hol den neuen hierher (Neu einrichten), oder nimm das Konto aus.";
      return `Sieh nach, ob es auf dem anderen Gerät ${own} ist und ob der Code noch dort stand. Wenn ja, hat jenes Gerät einen anderen Schlüssel: übertrag das Konto noch einmal mit seinem QR-Code dorthin, oder richte es hier neu ein, wenn der Dienst einen neueren ausgegeben hat.`;
  }
}

/** Was ein Code sein kann, in einer Liste. */
function maybe(found: Diagnosis): string {
  switch (found.kind) {
    case "right":
    case "used": return "der Code, der jetzt gilt";
    case "expired": return `der Code dieses Kontos von vor ${span(found.seconds)}`;
    case "early": return `der Code dieses Kontos in ${span(found.seconds)}`;
    case "counter_ahead": return `ein Code dieses Kontos, ${number(found.by)} weiter`;
    case "counter_behind": return `ein Code dieses Kontos, ${number(found.by)} zurück`;
    case "other_account": return `der Code von ${found.name}`;
    case "other_settings": return `dieser Schlüssel, aber ${other(found.differs)}`;
    case "typo": return `ein Vertipper: gemeint war ${found.meant}`;
    case "cannot_tell":
    case "not_this_key": return "ein anderer Schlüssel";
  }
}

/** Wessen Uhr es ist. */
function whose({ kind }: Diagnosis, clock: WhoseClock): string {
  switch (clock) {
    case "this": return kind === "expired" ? "Die Uhr dieses Rechners ist falsch: sie geht vor. Stell sie." : "Die Uhr dieses Rechners ist falsch: sie geht nach. Stell sie.";
    case "other": return kind === "expired" ? "Die Uhr dieses Rechners stimmt. Stell die des anderen Geräts: sie geht nach." : "Die Uhr dieses Rechners stimmt. Stell die des anderen Geräts: sie geht vor.";
    case "unknown": return "Welche der beiden Uhren falsch ist, lässt sich von hier nicht sagen. Sieh zuerst nach der dieses Rechners.";
  }
}

/** Wie weit die andere Uhr von dieser entfernt ist. Beide Enden liegen auf derselben Seite. */
function offset({ least, most }: OffsetView): string {
  const [near, far] = [least, most].map(Math.abs).sort((a, b) => a - b) as [number, number];
  const side = most < 0 ? "nach" : "vor";
  if (far >= 600) return `Die andere Uhr geht gegen diese ungefähr ${span((near + far) / 2).replace("Tagen", "Tage")} ${side}.`;
  return `Die andere Uhr geht gegen diese zwischen ${near} und ${far} Sekunden ${side}.`;
}

export const check: typeof english = {
  open: "Mit anderem Gerät vergleichen",
  openHint: "Mit einem anderen Gerät vergleichen (Strg E)",
  title: "Mit einem anderen Gerät vergleichen",
  text: "Tipp den Code, den das andere Gerät für dieses Konto zeigt, oder einen, den der Dienst gerade genommen hat. Kein Schlüssel, Code oder Zähler ändert sich; dass verglichen wurde, wird vermerkt.",
  textCounted: "Verlang vom anderen Gerät den nächsten Code und tipp ihn hier, wenn du ihn gerade verwendet hast oder nicht verwenden wirst. Kein Schlüssel, Code oder Zähler ändert sich; dass verglichen wurde, wird vermerkt.",
  label: "Der Code, den es jetzt zeigt",
  labelNext: "Der Code, den es als Nächstes zeigt",
  button: "Prüfen",
  given: (codes) => `Bisher: ${codes.join(", ")}`,
  again: "Von vorn",
  close: "Den Vergleich schließen",
  busy: "Wird verglichen …",

  what,
  todo,
  maybe,
  maybeTitle: "Es kann sein:",
  maybeChance: "oder nichts davon, und Zufall",
  span,
  whose,
  offsetBlamed: (by) => `Codes sind hier gegen die Uhr dieses Rechners um ${by.replace("Tagen", "Tage")} verstellt: nimm das zurück.`,
  offsetPerhaps: (by) => `Codes sind hier gegen die Uhr dieses Rechners um ${by.replace("Tagen", "Tage")} verstellt. Liegt es daran, nimm das zurück.`,
  toOffset: "Zum Versatz …",
  offset,
  justChanged: "Gerade wechselt der Code: vielleicht hat er gewechselt, während du getippt hast. Versuch es mit dem nächsten.",
  wrongZone: "Halbe oder ganze Stunden und Tage kommen von einer Uhr, die von Hand in der falschen Zeitzone gestellt wurde: stell ihre Zeitzone ein, und lass die Zeit automatisch stellen.",
  alsoOff: (steps) => (steps < 0 ? `Er ist auch ${mal(-steps, "1 Code", "# Codes")} zurück.` : `Er ist auch ${mal(steps, "1 Code", "# Codes")} voraus.`),
  meant: "Der Code, der gemeint sein kann",
  toClock: "Die Uhr dieses Rechners …",
  moveAgain: "Noch einmal übertragen …",
  enrollAgain: "Neu einrichten …",
  openOther: (name) => `${name} öffnen`,
  here: "Hier",
  there: "Anderes Gerät",
  differences: "Was anders ist",
  odds: (kind, odds, compared) => {
    const many = mal(compared, "1 Code wurde verglichen", "# Codes wurden verglichen");
    return kind === "not_this_key" ? `${many}; ein zufälliger hätte unter ${number(odds)} Malen einmal zu einem davon gepasst.` : `${many}; ein zufälliger ginge unter ${number(odds)} Malen einmal dafür durch.`;
  },
  chance: (odds) => `1 zu ${number(odds)} durch Zufall`,

  setCounter: (next) => `Den Zähler hier auf ${next} stellen`,
  setCounterUsed: "Wurde der Code dort verwendet, darf er hier nicht noch einmal kommen.",
  setCounterSure: (from, next) => `Der Zähler hier geht von ${from} auf ${next}, und die Codes dazwischen werden übersprungen. Zurück geht er nie.`,
  setCounterYes: "Stellen",
  counterSet: (name, next) => `Der Zähler von ${name} steht auf ${next}`,
  counterDone: (next) => `Der Zähler hier steht jetzt auf ${next}: beide gehen mit demselben Code weiter.`,
};
