// Was man über die Uhr dieses Rechners liest, auf Deutsch.

import type { ClockView, Synchronised, Than } from "../ipc/backend";
import { span } from "./check.de";
import { bare, roughness, waysOf, type clock as english } from "./clock.en";

export const clockErrors = {
  time_host_invalid: { message: "So heißt kein Rechner im Netz", remedy: "Schreib ihn wie time.example, oder wie sntp://time.example oder https://time.example, um nur auf einem Weg zu fragen." },
  time_unreachable: { message: "Der Rechner war nicht zu erreichen", remedy: "Sieh nach, ob dieser Computer online ist, oder frag einen anderen." },
  time_timeout: { message: "Es kam rechtzeitig keine Antwort", remedy: "Versuch es noch einmal, oder frag einen anderen; manche Netze lassen die Frage nur auf einem Weg durch." },
  time_rubbish: { message: "Die Antwort war keine Zeit", remedy: "Frag einen anderen: dieser nennt keine Zeit, oder unterwegs antwortet etwas an seiner Stelle." },
  time_not_synchronised: { message: "Der Rechner sagt, dass er die Zeit selbst nicht weiß", remedy: "Frag einen anderen, oder diesen später." },
  time_certificate: { message: "Der Rechner hat nicht bewiesen, wer er ist", remedy: "Frag einen anderen: vielleicht antwortet unterwegs etwas an seiner Stelle." },
};

const tenths = new Intl.NumberFormat("de", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const hundredths = new Intl.NumberFormat("de", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
/** Im vierten Fall, denn nach „geht“ steht er. */
const long = (seconds: number): string => span(seconds).replace("Tagen", "Tage");

/** So genau, wie es zählt; Jahre, wo eine Uhr von vorn begonnen hat. */
function apart(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 10) return `${hundredths.format(seconds)} Sekunden`;
  if (seconds < 120) return `${tenths.format(seconds)} Sekunden`;
  const years = Math.round(seconds / 31_557_600);
  return years >= 2 ? `${years} Jahre` : long(seconds);
}

const about = (ms: number): string => (ms < 10_000 ? hundredths : tenths).format(ms / 1000);
const side = (ms: number): string => (ms < 0 ? "nach" : "vor");
const set = (seconds: number): string => `um ${long(Math.abs(seconds))} ${seconds < 0 ? "zurück" : "vor"}`;

const synchronised: Record<Synchronised, string> = { yes: "Etwas hält die Uhr richtig", no: "Nichts hält die Uhr von selbst richtig", unknown: "Es sagt nicht, ob etwas die Uhr richtig hält" };
const than: Record<Than, string> = { vault: "dieser Tresor zuletzt gespeichert wurde", program: "dieses Keyfob gemacht wurde" };

/** Was von ihr zu halten ist, in wenigen Worten. */
function headline({ verdict, ahead_ms, behind, offset }: ClockView): string {
  switch (verdict) {
    case "good": return offset !== 0 ? "Mit dem eingestellten Versatz stimmen die Codes" : "Die Uhr dieses Rechners stimmt";
    case "warn":
    case "alarm":
      if (behind?.than === "program") return `Die Uhr dieses Rechners geht mindestens ${long(behind.seconds)} nach`;
      if (ahead_ms !== null && offset !== 0) return "Auch mit dem eingestellten Versatz stimmen die Codes nicht";
      if (ahead_ms !== null) return `Die Uhr dieses Rechners geht ${apart(ahead_ms)} ${side(ahead_ms)}`;
      return behind ? "Die Uhr dieses Rechners geht vielleicht nach" : "Die Uhr dieses Rechners ist falsch";
    case "disagree": return "Die Antworten widersprechen sich";
    case "unsure": return "Niemand bürgt für die Uhr dieses Rechners";
  }
}

/** Warum, und was es bedeutet. */
function reason({ verdict, ahead_ms, behind, online, jumped, offset }: ClockView): string {
  switch (verdict) {
    case "good": return ahead_ms === null ? "So sagt es das System." : offset === 0 ? `Sie geht ${apart(ahead_ms)} ${side(ahead_ms)}, und das vertragen Dienste.` : `Die Uhr selbst geht ${apart(ahead_ms)} ${side(ahead_ms)}.`;
    case "warn": return ahead_ms === null && behind ? `Sie zeigt eine Zeit, bevor ${than[behind.than]}: sie geht jetzt nach, oder ging damals vor.` : "Ein Code kann der vor oder der nach dem sein, den ein Dienst erwartet.";
    case "alarm": return behind && (ahead_ms === null || behind.than === "program") ? `Sie zeigt eine Zeit, bevor ${than[behind.than]}. Codes sind falsch, bis sie gestellt ist.` : "Codes gehören zu einer anderen Zeit: Dienste lehnen sie ab.";
    case "disagree": return "Eine davon ist falsch, oder unterwegs antwortet etwas an ihrer Stelle. Frag einen anderen Rechner.";
    case "unsure":
      if (ahead_ms !== null && online) return `Die Antwort war zu ungenau (± ${about(roughness(online))} s): frag noch einmal, oder einen anderen Rechner.`;
      if (online?.answers.some((one) => one.ahead_ms !== null)) return "Was ein Rechner im Netz von ihr sagte, ist zu lange her: frag noch einmal.";
      if (online) return "Es kam keine Antwort. Frag einen anderen Rechner, oder versuch es noch einmal.";
      if (offset !== 0) return "Ob die Codes mit dem eingestellten Versatz stimmen, kann nur ein Rechner im Netz sagen.";
      return jumped ? "Sie ist gesprungen, und seither bürgt niemand für sie." : "Vergleiche sie mit einer anderen Uhr, oder frag unten einen Rechner im Netz.";
  }
}

export const clock: typeof english = {
  title: "Die Uhr",
  text: "Codes entstehen aus der Zeit. Geht die Uhr dieses Rechners um mehr als ein paar Sekunden falsch, lehnen Dienste sie ab.",
  loading: "Das System wird gefragt …",
  headline,
  reason,
  toldBy: (host, at) => `${host} wurde um ${at} gefragt.`,

  system: "Das System",
  systemSays: ({ synchronised: kept, within_seconds: within, by }) =>
    `${synchronised[kept]}${kept === "yes" && within !== null ? `, auf ${long(Math.max(within, 1))} genau` : ""}${by === "nothing" ? "" : ` (${by})`}.`,
  jumps: "Sprünge",
  noJump: "Keine, seit Keyfob läuft.",
  jumped: ({ seconds }, at) => `Sie wurde ${set(seconds)}gestellt, auf ${at}. Die Codes gingen gleich mit.`,
  zone: "Zeitzone",
  zoneText: "Sie spielt keine Rolle: Codes gehen nach der Weltzeit.",

  mendTitle: "So wird sie richtig",
  mendOn: "Die automatische Zeit ist eingeschaltet, wirkt aber nicht: sieh nach, ob dieser Rechner online ist, und schalt sie dann aus und wieder ein.",
  mends: {
    linux: { text: "Schalt in den Einstellungen deines Desktops die automatische Zeit ein:", way: ["Einstellungen", "Datum und Uhrzeit", "Datum und Zeit automatisch"], command: "timedatectl set-ntp true" },
    windows: { text: "Schalt „Uhrzeit automatisch festlegen“ ein und drück dann „Jetzt synchronisieren“:", way: ["Einstellungen", "Zeit und Sprache", "Datum und Uhrzeit", "Uhrzeit automatisch festlegen"], command: null },
    macos: { text: "Schalt „Uhrzeit und Datum automatisch einstellen“ ein:", way: ["Systemeinstellungen", "Allgemein", "Datum & Uhrzeit", "Uhrzeit und Datum automatisch einstellen"], command: null },
  },
  inTerminal: "Oder im Terminal:",

  onlineTitle: "Einen Rechner im Netz fragen",
  host: "Rechner im Netz",
  ask: (host) => `${host} fragen`,
  askNobody: "Fragen",
  askText: (host) => `Ein Klick fragt ${bare(host)} über ${waysOf(host).join(" und über ")} nach der Zeit. Sonst wird nie etwas gefragt, und nichts ohne Klick.`,
  asking: (host) => `${host} wird gefragt … Das kann einige Sekunden dauern.`,
  leave: "Nicht warten",
  answers: "Antworten",
  ways: { sntp: "SNTP", https: "HTTPS" },
  answer: (ahead, within) => `Die Uhr dieses Rechners geht ${apart(ahead)} ${side(ahead)}${within === null ? "" : `, ± ${about(within)}`}.`,
  elsewhen: "Das Zertifikat des Rechners gilt zu der Zeit, die er nennt, und nicht zu der, die dieser Computer zeigt: falsch ist die Uhr.",

  offsetTitle: "Ich kann die Uhr dieses Rechners nicht stellen",
  offsetText: "Dann kann ein Versatz das ausgleichen, nur auf diesem Rechner. Codes gelten dann für eine andere Zeit, als die Uhr zeigt, und Keyfob sagt es, solange es so ist. Sobald jemand die Uhr richtig stellt, sind die Codes falsch, bis du den Versatz zurücknimmst. Die Uhr zu stellen ist immer besser.",
  offsetLabel: "Sekunden",
  offsetWay: "Richtung",
  offsetWays: { back: "zurück: die Uhr geht vor", forward: "vor: die Uhr geht nach" },
  offsetMeasured: "Wie gemessen.",
  offsetGo: "Diesen Versatz verwenden …",
  offsetSure: (seconds) => `Von jetzt an gelten Codes für eine Zeit ${long(Math.abs(seconds))} ${seconds < 0 ? "vor" : "nach"} der, die die Uhr dieses Rechners zeigt. Willst du das?`,
  offsetYes: "Verwenden",
  offsetNow: (seconds) => `Codes sind gegen die Uhr dieses Rechners ${set(seconds)}gestellt.`,
  offsetChange: "Ändern",
  offsetBack: "Zurücknehmen",
  offsetSaid: (seconds) => (seconds === 0 ? "Codes gehen wieder nach der Uhr dieses Rechners" : `Codes sind ${set(seconds)}gestellt`),

  noticeAlarm: (view) => (view.behind?.than !== "program" && view.offset !== 0 && view.ahead_ms !== null ? `${headline(view)}.` : `${headline(view)}: Codes sind falsch.`),
  noticeWarn: (view) => `${headline(view)}: Dienste lehnen Codes vielleicht ab.`,
  noticeJumped: ({ seconds }) => `Die Uhr dieses Rechners wurde ${set(seconds)}gestellt. Die Codes gingen mit; warst das nicht du, sieh nach, ob sie stimmt.`,
  look: "Nach der Uhr sehen",
  dismiss: "Ist gut so",
};
