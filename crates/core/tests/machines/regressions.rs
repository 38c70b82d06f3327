//! Scripts written by hand, one for each way in which something was once lost or came back.

use super::{
    run::run,
    script::{Act::*, Script, Step, on},
    sync::Conflict::{self, Copies, LastWins},
};

/// Two machines, and a colleague as the third.
fn two(conflict: Conflict, steps: &[Step]) -> Script {
    Script { machines: 2, joined: 2, colleague: false, conflict, recovery_key: false, steps: steps.to_vec() }
}

fn with_colleague(steps: &[Step]) -> Script {
    Script { colleague: true, ..two(Copies, steps) }
}

fn holds(script: &Script) {
    if let Err(violation) = run(script) {
        panic!("\n{violation}\n{script:?}");
    }
}

/// Both machines have all that either has saved.
const MEET: [Step; 5] = [on(0, SyncAll(0)), on(0, Open), on(1, Open), on(0, SyncAll(0)), on(0, Open)];

/// The whole of these, one after the other.
fn all(parts: &[&[Step]]) -> Vec<Step> {
    parts.concat()
}

#[test]
fn what_two_machines_save_at_once_is_on_both_where_the_last_writer_wins() {
    for chance in 0..4 {
        holds(&two(LastWins, &[on(0, Add(1)), on(1, Add(2)), on(0, SyncAll(chance))]));
    }
}

#[test]
fn what_two_machines_save_at_once_is_on_both_where_a_sync_makes_copies() {
    for chance in 0..4 {
        holds(&two(Copies, &[on(0, Add(1)), on(1, Add(2)), on(0, SyncAll(chance))]));
    }
}

#[test]
fn files_of_a_save_that_arrive_one_by_one_lose_nothing() {
    for chance in 0..16 {
        let part = |m, chance| on(m, Sync { part: true, chance });
        let steps = [
            on(0, Rekey),
            part(0, chance),
            on(1, Add(2)),
            part(1, chance + 100),
            on(1, Restart),
            on(1, Open),
            part(0, chance + 200),
            on(0, Add(1)),
        ];
        holds(&two(LastWins, &steps));
        holds(&two(Copies, &steps));
    }
}

#[test]
fn a_colleagues_file_does_not_take_over_the_passphrase_of_recovery_codes() {
    holds(&with_colleague(&[
        on(0, KeepCodes(0)),
        on(0, SetCodesLock),
        on(2, KeepCodes(0)),
        on(2, SetCodesLock),
        on(2, SendTransfer),
        on(0, ReceiveTransfer),
        on(0, OpenCodesLock),
        on(0, KeepCodes(1)),
    ]));
}

#[test]
fn a_colleagues_file_gives_no_passphrase_to_recovery_codes_that_have_none() {
    holds(&with_colleague(&[
        on(2, KeepCodes(0)),
        on(2, SetCodesLock),
        on(2, SendTransfer),
        on(0, ReceiveTransfer),
        on(0, KeepCodes(0)),
    ]));
}

#[test]
fn the_same_key_on_two_machines_keeps_the_recovery_codes_and_the_counter_of_both() {
    for conflict in [LastWins, Copies] {
        holds(&two(
            conflict,
            &[
                on(0, Add(3)),
                on(0, Advance(3)),
                on(0, Advance(3)),
                on(0, KeepCodes(3)),
                on(1, Add(3)),
                on(1, Advance(3)),
                on(1, KeepCodes(3)),
                on(0, SyncAll(1)),
            ],
        ));
    }
}

#[test]
fn an_old_vault_put_back_with_its_passphrase_does_not_bring_the_passphrase_back() {
    for change in [ChangePassphrase, ForgetPassphrase] {
        for vault in [false, true] {
            let old = PutOld { age: 2, vault, passphrase: true };
            holds(&two(
                Copies,
                &all(&[&MEET, &[on(0, Add(1)), on(0, change), on(0, Add(2)), on(0, old), on(0, Open)]]),
            ));
        }
    }
}

#[test]
fn a_backup_of_a_machine_that_deleted_an_account_for_good_leaves_what_was_done_to_it_here() {
    let steps = all(&[
        &MEET,
        &[on(0, Add(1)), on(0, Delete(1))],
        &MEET,
        &[on(1, Purge(1)), on(1, BackUp), on(0, Restore(1)), on(0, KeepCodes(1)), on(0, RestoreBackup)],
    ]);
    holds(&two(Copies, &steps));
}

#[test]
fn a_rekey_while_another_machine_is_offline_loses_nothing_of_either() {
    for conflict in [LastWins, Copies] {
        for chance in 0..4 {
            let steps = all(&[&MEET, &[on(0, Rekey), on(1, Add(2)), on(0, Add(1)), on(0, SyncAll(chance))]]);
            holds(&two(conflict, &steps));
            let steps = all(&[&MEET, &[on(0, Rekey), on(1, Rekey), on(0, SyncAll(chance))]]);
            holds(&two(conflict, &steps));
        }
    }
}

#[test]
fn of_passphrases_that_two_machines_set_at_once_one_holds() {
    for conflict in [LastWins, Copies] {
        for change in [ChangePassphrase, ForgetPassphrase] {
            let steps = all(&[&MEET, &[on(0, change), on(1, change), on(1, Add(1)), on(0, SyncAll(0))]]);
            holds(&two(conflict, &steps));
        }
    }
}

#[test]
fn a_recovery_key_made_on_one_machine_opens_what_the_other_saves() {
    for conflict in [LastWins, Copies] {
        for chance in 0..4 {
            let made = on(0, RecoveryKey { instead: false });
            holds(&two(conflict, &all(&[&MEET, &[made, on(1, Add(1)), on(0, SyncAll(chance))]])));
        }
    }
}

#[test]
fn a_save_that_is_cut_off_anywhere_between_two_machines_loses_nothing() {
    for n in 1..40 {
        for conflict in [LastWins, Copies] {
            let added = [on(1, Add(2)), on(0, Add(1)).cut(n), on(0, SyncAll(0)), on(1, Rename(0)).fails(n)];
            holds(&two(conflict, &all(&[&MEET, &added, &[on(0, SyncAll(1))]])));
        }
    }
}

#[test]
fn a_used_recovery_code_stays_used_whatever_is_put_back() {
    let steps = all(&[
        &[on(0, KeepCodes(0))],
        &MEET,
        &[
            on(0, BackUp),
            on(1, UseCode(0)),
            on(1, RestoreSnapshot(0)),
            on(1, RestoreBackup),
            on(0, UseCode(0)),
        ],
        &MEET,
    ]);
    for conflict in [LastWins, Copies] {
        holds(&two(conflict, &steps));
    }
}

#[test]
fn a_counter_does_not_go_back_by_another_enrollment_or_a_snapshot() {
    let advance = on(0, Advance(3));
    let steps = [
        on(0, Add(3)),
        advance,
        on(0, EnrollAgain(3)),
        on(0, RestoreSnapshot(1)),
        advance,
        on(0, Undo(3)),
        advance,
    ];
    holds(&two(LastWins, &steps));
}

#[test]
fn what_a_removed_machine_saves_later_does_not_open_the_vault_again() {
    for conflict in [LastWins, Copies] {
        let steps = all(&[
            &MEET,
            &[
                on(0, RemoveDevice(1)),
                on(1, Add(1)),
                on(1, Sync { part: false, chance: 1 }),
                on(0, SyncAll(0)),
            ],
            &[on(0, Open), on(0, Add(2)), on(1, Rename(0)), on(0, SyncAll(3))],
        ]);
        holds(&two(conflict, &steps));
    }
}

#[test]
fn a_clock_that_was_years_ahead_for_a_moment_takes_nothing_away() {
    let steps =
        all(&[&MEET, &[on(1, Jump(6)), on(1, Rename(0)), on(1, Jump(7)), on(0, Add(1)), on(0, SyncAll(0))]]);
    for conflict in [LastWins, Copies] {
        holds(&two(conflict, &steps));
    }
}

#[test]
fn what_one_machine_changes_while_another_removes_a_third_holds() {
    let three = |steps: &[Step]| Script { machines: 3, joined: 3, ..two(LastWins, steps) };
    holds(&three(&[on(0, ChangePassphrase), on(1, RemoveDevice(2))]));
    holds(&three(&[on(0, ForgetPassphrase), on(2, RemoveDevice(1))]));
    holds(&three(&[on(1, RemoveDevice(2)), on(0, RecoveryKey { instead: true })]));
    holds(&three(&[
        on(0, EnrollAgain(3)),
        on(0, RemoveDevice(1)),
        on(2, ChangePassphrase),
        on(2, Delete(3)),
    ]));
}

#[test]
fn a_machine_that_joins_while_the_passphrase_is_removed_gets_in() {
    let steps = [on(0, SyncAll(0)), on(0, Add(2)), on(0, RemovePassphrase), on(2, Join)];
    holds(&Script { machines: 3, joined: 2, ..two(LastWins, &steps) });
    let steps = [on(2, Join), on(1, RemovePassphrase), on(2, Rekey)];
    holds(&Script { machines: 3, joined: 2, recovery_key: true, ..two(LastWins, &steps) });
}

#[test]
fn the_oldest_version_put_back_loses_nothing() {
    let oldest = on(0, PutOld { age: 7, vault: true, passphrase: true });
    holds(&two(Copies, &[on(0, Rekey), oldest]));
    let colleagues = on(2, PutOld { age: 7, vault: true, passphrase: true });
    holds(&with_colleague(&[on(2, Rekey), colleagues]));
    let old = on(0, PutOld { age: 6, vault: true, passphrase: true });
    holds(&two(LastWins, &[old, on(0, Rekey), on(0, Add(3)), on(1, Add(1))]));
}

fn three(conflict: Conflict, steps: &[Step]) -> Script {
    Script { machines: 3, joined: 3, ..two(conflict, steps) }
}

#[test]
fn codes_kept_on_the_oldest_vault_put_back_can_be_read_after_a_backup_is_restored() {
    let vault = on(1, PutOld { age: 7, vault: true, passphrase: false });
    holds(&three(Copies, &[vault, on(1, KeepCodes(4)), on(2, BackUp), on(1, RestoreBackup)]));
}

#[test]
fn what_lies_beside_the_file_of_a_machine_that_was_removed_can_be_opened() {
    let steps = [
        on(0, RemoveDevice(0)),
        on(1, SetCodesLock),
        on(0, ChangePassphrase).cut(25),
        on(0, Add(1)),
        on(0, RemoveDevice(1)),
        on(0, Rename(1)),
        on(0, RecoveryKey { instead: false }),
        on(0, SyncAll(2_685_165_367)),
    ];
    holds(&two(Copies, &steps));
}

#[test]
fn a_machine_that_renewed_all_keys_while_another_was_removed_keeps_them() {
    let rekey = [on(0, SetCodesLock), on(0, RemoveDevice(1)), on(0, KeepCodes(0)), on(2, Rekey)];
    for conflict in [LastWins, Copies] {
        holds(&Script { recovery_key: true, ..three(conflict, &rekey) });
    }
}

#[test]
fn what_a_machine_keeps_that_joined_while_another_was_removed_is_taken_in() {
    let steps = [
        on(0, RemovePassphrase),
        on(0, Sync { part: false, chance: 2_732_156_603 }),
        on(1, RemoveDevice(0)).fails(84),
        on(2, Join),
        on(2, KeepCodes(1)),
        on(2, Sync { part: false, chance: 272_016_436 }),
        on(0, Add(4)),
        on(2, Open),
        on(0, SyncAll(4_195_996_239)),
        on(1, Open),
        on(2, KeepCodes(2)),
    ];
    holds(&Script { joined: 2, ..three(Copies, &steps) });
}

#[test]
fn a_machine_without_a_keychain_puts_what_it_knows_beside_a_file_that_it_cannot_open() {
    let old = on(2, PutOld { age: 6, vault: true, passphrase: false });
    holds(&Script { recovery_key: true, ..three(Copies, &[on(2, RemoveDevice(2)), old]) });
}

#[test]
fn keys_that_were_renewed_on_an_old_copy_open_what_an_unknown_machine_saves() {
    let old = on(0, PutOld { age: 6, vault: true, passphrase: true });
    holds(&Script { colleague: true, ..two(LastWins, &[old, on(0, Rekey), on(0, Add(3)), on(1, Add(1))]) });
}

#[test]
fn a_rename_that_whoever_deleted_the_account_had_not_seen_is_not_lost() {
    let steps = [
        on(0, SyncAll(0)),
        on(1, Open),
        on(0, Rename(0)),
        on(1, KeepCodes(0)),
        on(1, Delete(0)),
        on(1, Purge(0)),
        on(0, SyncAll(1)),
    ];
    for conflict in [LastWins, Copies] {
        holds(&two(conflict, &steps));
    }
}

#[test]
fn two_machines_that_remove_a_third_and_each_other_lose_nothing_of_their_own() {
    for conflict in [LastWins, Copies] {
        holds(&three(
            conflict,
            &[on(0, RemoveDevice(2)), on(1, RemoveDevice(2)), on(1, Add(1)), on(0, Add(2))],
        ));
    }
}

#[test]
fn a_used_code_is_used_on_a_page_that_another_machine_kept_and_sealed() {
    let steps = [on(0, KeepCodes(4)), on(0, UseCode(2)), on(1, KeepSamePage(4)), on(1, SetCodesLock)];
    for conflict in [LastWins, Copies] {
        holds(&two(conflict, &steps));
    }
}

#[test]
fn a_key_in_the_trash_and_in_the_list_has_one_counter() {
    let steps = [
        on(1, Delete(0)),
        on(0, SyncAll(0)),
        on(0, Add(3)),
        on(0, Delete(2)),
        on(0, Add(3)),
        on(0, Advance(3)),
        on(0, SyncAll(0)),
        on(1, Open),
        on(1, Restore(4)),
    ];
    holds(&two(Copies, &steps));
}

#[test]
fn a_passphrase_that_is_gone_from_a_past_version_is_not_the_one_that_holds() {
    let steps = [
        on(2, ChangePassphrase),
        on(0, ChangePassphrase),
        on(1, EnrollAgain(0)),
        on(2, Sync { part: true, chance: 2_491_983_576 }),
        on(1, Sync { part: false, chance: 2_496_152_526 }),
        on(1, ForgetPassphrase),
        on(2, RemovePassphrase),
    ];
    holds(&three(Copies, &steps));
}

#[test]
fn who_has_keys_of_two_machines_that_changed_them_at_once_is_refused_by_neither() {
    let joins = [on(2, Join), on(1, RemoveDevice(0)), on(1, Rekey), on(2, Rekey)];
    holds(&Script { machines: 3, ..two(LastWins, &joins) });
    let replaces =
        [on(0, RemovePassphrase), on(3, Join), on(0, RemoveDevice(2)), on(3, RecoveryKey { instead: true })];
    holds(&Script { machines: 4, joined: 3, recovery_key: true, ..two(Copies, &replaces) });
}

#[test]
fn what_a_merge_notes_of_a_passphrase_is_in_its_place_only_once_it_is_saved() {
    let steps = [
        on(1, Delete(3)),
        on(0, RemoveDevice(2)),
        on(3, ForgetPassphrase),
        on(0, Rekey).cut(162),
        on(0, Add(1)),
        on(1, Add(1)),
        on(3, RemoveDevice(3)),
        on(0, SyncAll(1_771_814_479)),
    ];
    holds(&Script { machines: 4, joined: 4, ..two(LastWins, &steps) });
}
