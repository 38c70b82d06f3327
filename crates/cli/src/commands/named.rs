//! What accounts are called in answers, and finding one by its name.

use keyfob_core::{account::AccountError, app::views::AccountView};

/// Issuer and label as one.
pub fn name(issuer: &str, label: &str) -> String {
    match (issuer, label) {
        ("", "") => "an account without a name".to_owned(),
        (one, "") | ("", one) => one.to_owned(),
        (issuer, label) => format!("{issuer} ({label})"),
    }
}

/// The one of these that matches: every word stands in its name, or it has this id.
pub fn only<'a>(
    accounts: impl Iterator<Item = &'a AccountView>,
    query: &str,
) -> Result<&'a AccountView, AccountError> {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let matches = |account: &&AccountView| {
        let text = format!("{}\n{}", account.issuer, account.label).to_lowercase();
        account.id.to_string().eq_ignore_ascii_case(query.trim())
            || words.iter().all(|word| text.contains(word))
    };
    let mut found: Vec<_> = accounts.filter(matches).collect();
    match (found.len(), found.pop()) {
        (1, Some(one)) => Ok(one),
        (0, _) => Err(AccountError::NotFound),
        (n, _) => Err(AccountError::Ambiguous(n)),
    }
}
