//! What the page may ask: one line each over the use cases. `src-tauri/permissions` names every one.

mod accounts;
mod adding;
mod backups;
mod history;
mod keys;
mod vault;

use tauri::{Wry, ipc::Invoke};

/// Every command, for the builder.
pub fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        vault::open_vault,
        vault::vault_place,
        vault::ways,
        vault::unlock,
        vault::lock,
        vault::active,
        vault::accept_vault,
        vault::lock_settings,
        vault::set_lock_settings,
        vault::move_vault,
        accounts::accounts,
        accounts::search,
        accounts::codes,
        accounts::copy_code,
        accounts::copy_shown,
        accounts::advance,
        accounts::rename,
        accounts::delete_account,
        accounts::restore_account,
        adding::paste,
        adding::choose_pictures,
        adding::preview_key,
        adding::previewed,
        adding::discard_preview,
        adding::add,
        adding::delete_pictures,
        adding::screen_view,
        adding::scan_screen,
        adding::cameras,
        adding::start_camera,
        adding::camera_frame,
        adding::stop_camera,
        keys::recipients,
        keys::make_recovery_key,
        keys::keep_recovery_key,
        keys::discard_recovery_key,
        keys::prove_recovery_key,
        keys::print_page,
        keys::set_passphrase,
        keys::change_passphrase,
        keys::add_device,
        keys::remove_recipient,
        keys::rekey,
        history::snapshots,
        history::snapshot,
        history::restore_snapshot,
        history::offer_snapshot,
        history::put_snapshot_back,
        history::trash,
        history::purge,
        backups::backup_places,
        backups::add_backup_place,
        backups::change_backup_place,
        backups::remove_backup_place,
        backups::back_up,
        backups::choose_backup,
        backups::restore_backup,
    ]
}
