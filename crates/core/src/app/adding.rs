//! Bringing accounts in: whatever was scanned, pasted or typed is previewed, and kept once a person says so.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use super::{
    Keyfob,
    companion::moment,
    preview::{self, Pick, Preview},
    views::{AccountView, AddedView, ErrorView, ExportView, FrameView, PasteView, PreviewView},
};
use crate::{
    account::{Account, AccountError, Names, Stamped},
    companion,
    enrollment::Enrollment,
    error::Error,
    import::{self, Candidate, Found, ImportError, Origin, export},
    merge,
    playbook::Playbooks,
    ports::{CameraError, Cameras, Clip, Clipboard, ClipboardError, Frame, Pictures, Screen, ScreenError},
    qr::{PictureError, Reading},
    vault::{VaultError, draft::Draft, payload::Content},
};

impl Keyfob {
    /// Reads pasted or typed text, an address or a bare setup key, and previews what it holds.
    ///
    /// # Errors
    /// [`crate::import::ImportError`] and the errors of keys and parameters.
    pub fn preview_text(&mut self, text: &str) -> Result<PreviewView, Error> {
        let found = import::read_text(text)?;
        self.show(found)
    }

    /// Reads pictures, each the bytes of a file, and previews the accounts in them all.
    ///
    /// # Errors
    /// Where nothing at all was found: the reason of the first. [`crate::qr::PictureError`], and as
    /// [`Keyfob::preview_text`].
    pub fn preview_pictures(&mut self, pictures: &[impl AsRef<[u8]>]) -> Result<PreviewView, Error> {
        let reader = self.pictures();
        self.preview_readings(pictures.iter().map(|picture| reader.read(picture.as_ref())))
    }

    /// What reads pictures, for as long as that takes, while codes go on.
    pub fn pictures(&self) -> Arc<dyn Pictures> {
        self.host.pictures.clone()
    }

    /// As [`Keyfob::preview_pictures`], of pictures that were read.
    ///
    /// # Errors
    /// As [`Keyfob::preview_pictures`].
    pub fn preview_readings(
        &mut self,
        pictures: impl IntoIterator<Item = Result<Reading, PictureError>>,
    ) -> Result<PreviewView, Error> {
        let mut texts = Vec::new();
        let mut unreadable = Vec::new();
        for picture in pictures {
            match picture {
                Ok(Reading { codes, left }) => {
                    texts.extend(codes.into_iter().map(|code| code.text));
                    unreadable.extend(left.map(Error::from));
                }
                Err(why) => unreadable.push(Error::from(why)),
            }
        }
        if texts.is_empty() && !unreadable.is_empty() {
            return Err(unreadable.swap_remove(0));
        }
        let mut found = import::read_texts(texts.iter().map(String::as_str))?;
        unreadable.into_iter().for_each(|reason| found.take(Err(reason)));
        self.show(found)
    }

    /// As [`Keyfob::preview_clipboard`], where a paste may also be meant as plain words: a short text that
    /// holds no account is handed back.
    ///
    /// # Errors
    /// As [`Keyfob::preview_clipboard`].
    pub fn paste(&mut self) -> Result<PasteView, Error> {
        let clip = self.host.clipboard.read();
        self.paste_clip(clip)
    }

    /// The clipboard, whose owner may take long to answer, while codes go on.
    pub fn clipboard(&self) -> Arc<dyn Clipboard> {
        self.host.clipboard.clone()
    }

    /// As [`Keyfob::paste`], of what was read from the clipboard.
    ///
    /// # Errors
    /// As [`Keyfob::paste`].
    pub fn paste_clip(&mut self, clip: Result<Clip, ClipboardError>) -> Result<PasteView, Error> {
        match clip? {
            Clip::Text(text) if import::is_plain_words(&text) => {
                Ok(PasteView { text: Some(text.trim().to_owned()), preview: None })
            }
            clip => Ok(PasteView { text: None, preview: Some(self.preview_clip(clip)?) }),
        }
    }

    /// Previews what is on the clipboard: the codes in a picture, or else text.
    ///
    /// # Errors
    /// [`crate::ports::ClipboardError`], and as [`Keyfob::preview_text`].
    pub fn preview_clipboard(&mut self) -> Result<PreviewView, Error> {
        let clip = self.host.clipboard.read()?;
        self.preview_clip(clip)
    }

    fn preview_clip(&mut self, clip: Clip) -> Result<PreviewView, Error> {
        let found = match clip {
            Clip::Codes(Reading { codes, left }) => {
                let mut found = import::read_texts(codes.iter().map(|code| code.text.as_str()))?;
                if let Some(why) = left {
                    found.take(Err(why.into()));
                }
                found
            }
            Clip::Text(text) => import::read_text(&text)?,
        };
        self.show(found)
    }

    /// Previews a setup key that was typed with its settings.
    ///
    /// # Errors
    /// The errors of keys and parameters.
    pub fn preview_key(&mut self, typed: &preview::TypedKey) -> Result<PreviewView, Error> {
        let found = typed.read()?;
        self.show(found.into())
    }

    /// What is being previewed, as it is now.
    pub fn previewed(&self) -> Option<PreviewView> {
        self.preview.as_ref().map(|preview| self.view(preview))
    }

    /// Lets go of what is being previewed.
    pub fn discard_preview(&mut self) {
        self.preview = None;
    }

    /// The screen, to be looked at for as long as a person needs, while codes go on.
    pub fn screen(&self) -> Arc<dyn Screen> {
        self.host.screen.clone()
    }

    /// Previews what was seen on the screen; nothing, where the person chose nothing.
    ///
    /// # Errors
    /// [`ScreenError`], and as [`Keyfob::preview_text`].
    pub fn preview_screen(
        &mut self,
        seen: Result<Reading, ScreenError>,
    ) -> Result<Option<PreviewView>, Error> {
        match seen {
            Err(ScreenError::Cancelled) => Ok(None),
            seen => Ok(Some(self.preview_clip(Clip::Codes(seen?))?)),
        }
    }

    /// The exports in several parts that something was kept of since this program started.
    pub fn exports(&self) -> Vec<ExportView> {
        self.exports.iter().map(ExportView::of).collect()
    }

    /// The cameras, one of which may be on for as long as a person needs.
    pub fn cameras(&self) -> Arc<dyn Cameras> {
        self.host.cameras.clone()
    }

    /// Switches a camera on. What was collected of an export stays, anything else that was previewed goes.
    ///
    /// # Errors
    /// [`CameraError`].
    pub fn start_camera(&mut self, id: &str) -> Result<(), Error> {
        self.host.cameras.start(id)?;
        if let Err(locked) = self.guard.pass() {
            self.host.cameras.stop();
            return Err(locked.into());
        }
        self.watches = true;
        self.preview = self.preview.take().filter(|preview| preview.is_incomplete(&self.exports));
        if let Some(preview) = &mut self.preview {
            preview.watches = true;
        }
        Ok(())
    }

    /// Switches the camera off.
    pub fn stop_camera(&mut self) {
        self.host.cameras.stop();
        self.watches = false;
        if let Some(preview) = &mut self.preview {
            preview.watches = false;
        }
    }

    /// Collects what a frame of the camera holds. It is to be looked at once a frame has brought nothing new, so that of
    /// several codes side by side none is missed.
    ///
    /// # Errors
    /// [`CameraError::Stopped`] for a frame that was waited for until the camera was switched off.
    pub fn preview_frame(&mut self, frame: &Frame) -> Result<FrameView, Error> {
        if !self.watches {
            return Err(CameraError::Stopped.into());
        }
        let texts = frame.codes.iter().map(|code| code.text.as_str());
        let found = if frame.codes.is_empty() { Ok(Found::default()) } else { import::read_texts(texts) };
        let known = self.preview.as_ref().map_or(0, |preview| preview.found.size());
        let problem = match found {
            Ok(found) if found.candidates.is_empty() => {
                frame.unread.then(|| ErrorView::of(&PictureError::CodeUnreadable.into()))
            }
            Ok(found) => {
                self.collect(found, true)?;
                None
            }
            Err(why) => Some(ErrorView::of(&why)),
        };
        let shown =
            self.preview.as_ref().filter(|p| p.found.size() == known || p.is_incomplete(&self.exports));
        Ok(FrameView {
            picture: format!("data:image/jpeg;base64,{}", data_encoding::BASE64.encode(&frame.jpeg)),
            codes: frame.codes.iter().map(|code| code.corners).collect(),
            preview: shown.map(|preview| self.view(preview)),
            problem,
        })
    }

    /// Keeps what was picked of the `shown` candidates of a preview. Creates the vault where there is no trace of one. A key that is
    /// there already is not doubled.
    ///
    /// # Errors
    /// [`AccountError::NotFound`] where the preview is gone; [`ImportError::PreviewChanged`] where it has more candidates than
    /// were shown; what keeps the vault from being opened, created
    /// or saved. The preview then stays.
    pub fn add(&mut self, preview: u32, shown: usize, picks: &[Pick]) -> Result<AddedView, Error> {
        let previewed = self.preview.as_ref().filter(|p| p.id == preview).ok_or(AccountError::NotFound)?;
        if previewed.found.candidates.len() != shown {
            return Err(ImportError::PreviewChanged.into());
        }
        let picked = previewed.pick(picks)?;
        let left_out = previewed.left_out(picks);
        let created = self.open_or_create()?;
        let playbooks = self.known_playbooks().clone();
        let mut added = self.change(|draft| {
            let mut added = AddedView::default();
            let mut known: HashMap<_, _> =
                draft.content.live().map(|a| (a.key.value.identity(), AccountView::of(a))).collect();
            for one in &picked {
                match known.entry(one.key.identity()) {
                    Entry::Occupied(same) => added.duplicates.push(same.get().clone()),
                    Entry::Vacant(place) => {
                        let mut account = new_account(draft, one.clone(), &playbooks);
                        // A merge makes one of it and of an account with this key in the trash: it stays out of there.
                        let key = &account.key.value;
                        let twins = draft.content.accounts.iter().filter(|one| one.key.value.is_same(key));
                        if let Some(newest) = twins.map(Account::newest).max() {
                            let stamp = draft.stamp_after(newest);
                            account.deleted = Some(Stamped { value: None, stamp });
                        }
                        // A counter that was used goes on, also of a key that another account had before, or that is in the
                        // trash.
                        account.key.value = merge::with_known_counter(draft.content, account.key.value);
                        // Two of one name could not be told apart; a person may have given another.
                        let Names { issuer, label, .. } = &account.names.value;
                        if let Some(free) = free_label(draft.content, issuer, label) {
                            account.names.value.label = free;
                        }
                        added.added.push(place.insert(AccountView::of(&account)).clone());
                        draft.content.accounts.push(account);
                    }
                }
            }
            Ok(added)
        })?;
        added.created_vault = created;
        added.everything = match left_out {
            None => false,
            Some(keys) => {
                let content = self.opened()?.content();
                keys.iter().all(|key| content.live().any(|a| a.key.value.is_same(key)))
            }
        };
        if let Some(kept) = self.preview.take() {
            export::join(&mut self.exports, kept.found.exports);
        }
        Ok(added)
    }

    /// Opens the vault, or creates it where there is no trace of one. Returns whether it was created.
    pub(super) fn open_or_create(&mut self) -> Result<bool, Error> {
        match self.open() {
            Ok(_) => Ok(false),
            Err(Error::Vault(VaultError::None { .. })) => match self.init() {
                // Another program has created it in the meantime.
                Err(Error::Vault(VaultError::Exists { .. })) => self.open().map(|_| false),
                created => created.map(|_| true),
            },
            Err(error) => Err(error),
        }
    }

    /// Shows what was found: in a preview of its own, or in the one whose parts are still being collected.
    fn show(&mut self, found: Found) -> Result<PreviewView, Error> {
        self.collect(found, false)?;
        Ok(self.previewed().unwrap_or_default())
    }

    /// # Errors
    /// [`VaultError::Locked`]: what was under way when the vault was locked does not come to lie in memory after it.
    fn collect(&mut self, found: Found, watches: bool) -> Result<(), Error> {
        self.guard.pass()?;
        if self.vault.is_none() && self.is_locked() {
            return Err(VaultError::Locked.into());
        }
        let begun = self.preview.take().filter(|p| p.watches || p.is_incomplete(&self.exports));
        let mut preview = match begun {
            Some(mut begun) => {
                begun.found.collect(found);
                begun
            }
            None => {
                self.previews = self.previews.wrapping_add(1);
                Preview { id: self.previews, found, watches, _shown: self.guard.previews() }
            }
        };
        preview.watches |= watches;
        self.preview = Some(preview);
        Ok(())
    }

    fn view(&self, preview: &Preview) -> PreviewView {
        preview.view(self.vault.as_ref(), &self.exports, self.code_time())
    }
}

/// Where a live account has these names already: the label with a number behind it that none has.
pub(super) fn free_label(content: &Content, issuer: &str, label: &str) -> Option<String> {
    let names: HashSet<&str> = content
        .live()
        .filter(|account| account.names.value.issuer == issuer)
        .map(|account| account.names.value.label.as_str())
        .collect();
    let numbered = |n: u32| format!("{label} ({n})").trim_start().to_owned();
    names.contains(label).then(|| (2..).map(numbered).find(|label| !names.contains(label.as_str())))?
}

fn new_account(draft: &mut Draft<'_>, one: Candidate, playbooks: &Playbooks) -> Account {
    let m = moment(draft);
    let enrollment = match one.origin {
        Origin::Service => Enrollment::pending(m.now),
        Origin::OtherApp => Enrollment::assumed(m.now),
    };
    let mut account = Account::new(draft.new_id(), m.now, one.names, one.key, enrollment, m.stamp);
    let named = playbooks.of(None, &account.names.value);
    companion::added(&mut account, &named.playbook, m);
    account
}
