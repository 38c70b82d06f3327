//! A file that a person chose as a backup.
#![no_main]

use keyfob_core::vault::backup::Backup;

libfuzzer_sys::fuzz_target!(|file: &[u8]| {
    if let Ok(backup) = Backup::unpack(file) {
        let packed = backup.pack().expect("what was unpacked is packed");
        assert_eq!(Backup::unpack(&packed).expect("and unpacked again"), backup);
    }
});
