//! What the words around a code say of it, in the languages in which services write.
//!
//! Most languages build compounds, so what is looked for are roots: `Wiederherstellungscode` and `recovery_codes` have
//! one of what rescues and one of what a code is.

use std::{collections::HashMap, sync::OnceLock};

/// What rescues.
const RESCUE: &str = "recover backup emergenc scratch rescue reserv fallback wiederherstell notfall ersatz sicherung \
    rettung secours récup recup sauvegarde respaldo emergenz riserva herstel noodcode gjenopprett \
    återställ genopret gendan säkerhetsk sikkerhetsk varakood varmuus palautus zapasow awaryjn odzysk \
    záložn obnov yedek kurtarma резерв восстанов відновл rezerv helyreáll tartalék ανάκτησης εφεδρικ \
    リカバリ バックアップ 回復 恢复 恢復 备用 備用 备份 복구 백업 repuesto salvaguarda noodherstel";

/// Of what is used once, several are kept; one alone comes by SMS.
const ONCE: &str = "onetime singleuse einmal engang éngang usageunique jednoraz однораз eenmalig";

const CODE: &str = "code códig codig codic kod kód cód coduri код コード 码 碼 代码 代碼 코드 κωδικ token";

/// What has the root of a code in it and is another one.
const OTHER_CODES: &str = "postcode zipcode qrcode barcode sourcecode promocode promo gutschein rabatt discount coupon voucher \
    encode decode unicode vscode areacode countrycode episode dresscode errorcode authcode statuscode \
    hexcode colorcode accesstoken sessiontoken csrf refreshtoken passcode";

/// What is a code only by itself.
const CODE_WHOLE: &str = "tan tans tanreserve";

const KEY: &str = "schlüssel schluessel sleutel nøkkel nøgle nyckel chiave clave chave klucz klíč ключ";
const KEY_WHOLE: &str = "key keys clé clés cle clef llave anahtar avain キー 密钥 키";

/// What a set-up is done with.
const SECRET: &str = "secret geheim secreto segreto seed";

const SECRET_START: &str = "otpauth";

/// What the app's code of the moment is called, and what comes by message.
const APP: &str = "verification verify verifiz vérification verificaci verifica verificação bestätigungsc confirmation \
    authenticationcode sms totp hotp 6digit sixdigit 6stellig sechsstellig";

/// What names a number or a text that is no code, by how it begins.
const OTHER: &str = "order bestell commande pedido ordine invoice rechnung facture factura fattura ticket dossier referen \
    référence aktenzeichen contract vertrag contrat phone telefon télé tél teléfono mobil handy hotline \
    anruf appelez assistance rückfrage password passwort kennwort passphrase contraseña wachtwoord senha \
    hasło username benutzer userid userna utilisateur identifi uuid guid serial serien imei version \
    build session commit trace hash checksum fingerprint licen lizenz tracking sendung artikel article \
    kontonummer account_id expires expir created erstellt generated_at updated price preis montant \
    nummer número numéro iban swift request etag device gerät seriennr betrag vorgang support login \
    signin printed timestamp";
const OTHER_WITHIN: &str = "password passwort username nummer number";
const OTHER_WHOLE: &str = "like wie example beispiel exemple ejemplo comme eg zb format form tel tlf fax port customer client kunde sms totp call ruf iban bic passe user id mac ip sn art sku \
    room raum vat ust plz zip postal date datum number no nr n ref case fall otp pin puk cvv cvc url uri \
    usd eur head sha tag mail email name website rev pid heslo";

const USED: &str = "used usedup benutzt verwendet verbraucht eingelöst aufgebraucht gebraucht utilisé utilisée utilisés \
    usé usado usada usados utilizado utilizada usato usati utilizzato gebruikt brukt brugt använd använt \
    käytetty zużyty użyty wykorzystany použito použitý použit kullanıldı использован использовано \
    використано redeemed consumed spent gone weg erledigt expired abgelaufen invalid ungültig revoked \
    burned burnt felhasznált 已使用 已用 使用済み 사용됨";
const UNUSED: &str = "unused unbenutzt ungenutzt unverbraucht unverwendet ungebraucht inutilisé ongebruikt ubrukt oanvänd \
    niezużyty nieużyty available verfügbar disponible disponibile active aktiv valid gültig valide free \
    frei offen open ok good gut left 未使用 nepoužitý nepoužito kullanılmadı новый new neu";
const NOT: &str = "not nicht non no pas nie never noch sin kein ikke inte niet не não ej still unless";

/// Yes and no, as the column of a table says whether a code was used.
const YES: &str = "yes y true 1 x ja j oui o sí si sì sim tak ano да evet ✓ ✔ ✅ ☑ ☒ ✗ ✘ ❌";
const NO: &str = "no n false 0 nein non nee nej nei não nie ne нет hayır null none - ☐";

/// What a word may be: a set of these.
pub(super) type Kinds = u16;
/// It says what rescues.
pub(super) const IS_RESCUE: Kinds = 1;
/// It says that something is used once.
pub(super) const IS_ONCE: Kinds = 1 << 1;
/// It calls something a code.
pub(super) const IS_CODE: Kinds = 1 << 2;
/// It calls something a code of another kind.
pub(super) const IS_OTHER_CODE: Kinds = 1 << 3;
/// It calls something a key.
pub(super) const IS_KEY: Kinds = 1 << 4;
/// It says that something is the key of a set-up.
pub(super) const IS_SECRET: Kinds = 1 << 5;
/// It says that a code is that of the moment.
pub(super) const IS_APP: Kinds = 1 << 6;
/// It names something else.
pub(super) const IS_OTHER: Kinds = 1 << 7;
const IS_USED: Kinds = 1 << 8;
const IS_UNUSED: Kinds = 1 << 9;
/// It turns what is said into its opposite.
pub(super) const IS_NOT: Kinds = 1 << 10;

/// Where in a word a root may stand.
#[derive(Clone, Copy)]
enum At {
    Anywhere,
    Start,
    Whole,
}

/// Roots by the two bytes that they begin with.
type Roots = HashMap<[u8; 2], Vec<(&'static str, At, Kinds)>>;

/// The lists above, by how each root begins: a long text has many words, and there are many roots.
fn roots() -> &'static Roots {
    static ROOTS: OnceLock<Roots> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let lists = [
            (RESCUE, At::Anywhere, IS_RESCUE),
            (ONCE, At::Anywhere, IS_ONCE),
            (CODE, At::Anywhere, IS_CODE),
            (CODE_WHOLE, At::Whole, IS_CODE),
            (OTHER_CODES, At::Anywhere, IS_OTHER_CODE),
            (KEY, At::Anywhere, IS_KEY),
            (KEY_WHOLE, At::Whole, IS_KEY),
            (SECRET, At::Anywhere, IS_SECRET),
            (SECRET_START, At::Start, IS_SECRET),
            (APP, At::Anywhere, IS_APP),
            (OTHER, At::Start, IS_OTHER),
            (OTHER_WITHIN, At::Anywhere, IS_OTHER),
            (OTHER_WHOLE, At::Whole, IS_OTHER),
            (USED, At::Whole, IS_USED),
            (UNUSED, At::Whole, IS_UNUSED),
            (NOT, At::Whole, IS_NOT),
        ];
        let mut roots = Roots::new();
        for (list, at, kind) in lists {
            for root in list.split_ascii_whitespace() {
                if let Some(begins) = root.as_bytes().first_chunk() {
                    roots.entry(*begins).or_default().push((root, at, kind));
                }
            }
        }
        roots
    })
}

/// What a word may be, as [`small`] gives it.
pub(super) fn kinds(word: &str) -> Kinds {
    let roots = roots();
    let mut kinds = 0;
    for (start, _) in word.char_indices() {
        let rest = word.get(start..).unwrap_or_default();
        let known = rest.as_bytes().first_chunk::<2>().and_then(|begins| roots.get(begins));
        for (root, at, kind) in known.into_iter().flatten() {
            let is = match at {
                At::Anywhere => rest.starts_with(root),
                At::Start => start == 0 && rest.starts_with(root),
                At::Whole => start == 0 && rest == *root,
            };
            if is {
                kinds |= kind;
            }
        }
    }
    kinds
}

/// Words that end as the names of ids do, and name none.
const NO_IDS: &str =
    "void avoid valid invalid paid unpaid prepaid said did aid laid maid raid solid grid rapid android covid";

/// Whether a word that ends in "id" is of these.
pub(super) fn ends_in_id(word: &str) -> bool {
    NO_IDS.split_ascii_whitespace().any(|one| one == word)
}

/// A word as it is looked up. None that is known is long.
pub(super) fn small(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(60).collect()
}

/// Words between the items of a list.
const AND: &str = "and und et ou or oder og och eller en of";

/// Whether a word only joins what stands before and behind it.
pub(super) fn joins(word: &str) -> bool {
    AND.split_ascii_whitespace().any(|and| and == word)
}

/// Whether the cell of a table says that a code was used.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    let cell = cell.trim().to_lowercase();
    if cell.is_empty() || NO.split_ascii_whitespace().any(|no| no == cell) {
        return Some(false);
    }
    if YES.split_ascii_whitespace().any(|yes| yes == cell) {
        return Some(true);
    }
    let mut not = false;
    for word in cell.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        match status(word) {
            Some(used) => return Some(used != not),
            None => not |= is_not(word),
        }
    }
    None
}

/// Whether a word says that a code was used, or that it was not.
pub(super) fn status(word: &str) -> Option<bool> {
    says_used(kinds(&small(word)))
}

/// The same of what a word is known to be.
pub(super) fn says_used(kinds: Kinds) -> Option<bool> {
    if kinds & IS_USED != 0 { Some(true) } else { (kinds & IS_UNUSED != 0).then_some(false) }
}

/// Whether a word turns what is said into its opposite.
pub(super) fn is_not(word: &str) -> bool {
    kinds(&small(word)) & IS_NOT != 0
}
