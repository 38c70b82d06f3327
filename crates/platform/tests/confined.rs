//! A process that reads pictures reaches nothing: each way out is tried from one, and from one that is not confined, where
//! the same way leads out. Pictures are read all the same.
//!
//! This is a program without a test harness, since it is its own child, as `keyfob` and `fob` are.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a test")]

fn main() {
    keyfob_platform::begin();
    #[cfg(target_os = "linux")]
    linux::main();
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs, io,
        net::{TcpListener, TcpStream, UdpSocket},
        os::{
            linux::net::SocketAddrExt as _,
            unix::{
                net::{SocketAddr, UnixDatagram, UnixListener, UnixStream},
                process::CommandExt as _,
            },
        },
        path::{Path, PathBuf},
        process::{Command, Stdio},
        thread,
    };

    use keyfob_core::qr::PictureError;
    use tempfile::tempdir;

    /// The first argument of a child that tries a way out: its name, whether it is confined before, and where it leads.
    const VERB: &str = "--attempt";
    const CONFINED: &str = "confined";

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        if let [verb, name, how, rest @ ..] = &*arguments
            && verb == VERB
        {
            std::process::exit(attempt(name, how, rest));
        }
        let tests: [(&str, fn()); 5] = [
            ("no_way_leads_out_of_a_decoder", no_way_leads_out_of_a_decoder),
            ("no_dangerous_call_is_left_to_a_decoder", no_dangerous_call_is_left_to_a_decoder),
            ("a_decoder_has_threads_memory_and_pipes", a_decoder_has_threads_memory_and_pipes),
            ("the_child_that_reads_pictures_is_confined", the_child_that_reads_pictures_is_confined),
            (
                "pictures_of_every_kind_are_read_in_confinement",
                pictures_of_every_kind_are_read_in_confinement,
            ),
        ];
        for (name, test) in tests {
            test();
            println!("test {name} ... ok");
        }
    }

    /// What this kernel lacks; told, because what depends on it is not checked then.
    fn lacking() -> Vec<String> {
        let folder = tempdir().unwrap();
        let lacking = keyfob_platform::desktop(Some(folder.path().into())).pictures.unconfined();
        lacking.iter().for_each(|lack| println!("not checked in full: {lack}"));
        lacking
    }

    /// The ways out, and what each is given.
    fn ways(there: &There) -> Vec<(&'static str, Vec<String>)> {
        let text = |path: &Path| path.display().to_string();
        vec![
            ("unix-socket", vec![text(&there.socket)]),
            ("unix-datagram", vec![text(&there.datagram)]),
            ("abstract-socket", vec![there.name.clone()]),
            ("tcp", vec![there.port.to_string()]),
            ("udp", vec![]),
            ("listen", vec![text(&there.folder.path().join("listening"))]),
            ("read", vec!["/etc/passwd".into()]),
            ("list", vec!["/".into()]),
            ("write", vec![text(&there.folder.path().join("written"))]),
            ("remove", vec![text(&there.folder.path().join("to be removed"))]),
            ("exec", vec!["/bin/true".into()]),
            ("fork", vec!["/bin/true".into()]),
            ("signal", vec![std::process::id().to_string()]),
        ]
    }

    /// Everything that a way may lead to.
    struct There {
        folder: tempfile::TempDir,
        socket: PathBuf,
        datagram: PathBuf,
        name: String,
        port: u16,
        _listeners: (UnixListener, UnixDatagram, UnixListener, TcpListener),
    }

    impl There {
        fn new() -> There {
            let folder = tempdir().unwrap();
            let (socket, datagram) = (folder.path().join("socket"), folder.path().join("datagram"));
            fs::write(folder.path().join("to be removed"), b"").unwrap();
            let name = format!("keyfob-test-{}", std::process::id());
            let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = tcp.local_addr().unwrap().port();
            let listeners = (
                UnixListener::bind(&socket).unwrap(),
                UnixDatagram::bind(&datagram).unwrap(),
                UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap(),
                tcp,
            );
            There { folder, socket, datagram, name, port, _listeners: listeners }
        }
    }

    /// Tries one; 0 where it leads out, 1 where it is refused, 2 where it fails otherwise.
    fn attempt(name: &str, how: &str, to: &[String]) -> i32 {
        if how == CONFINED {
            keyfob_platform::confine();
        }
        let to = to.first().map_or("", String::as_str);
        let tried = match name {
            "unix-socket" => UnixStream::connect(to).map(drop),
            "unix-datagram" => UnixDatagram::unbound().and_then(|socket| socket.send_to(b"x", to)).map(drop),
            "abstract-socket" => SocketAddr::from_abstract_name(to)
                .and_then(|address| UnixStream::connect_addr(&address))
                .map(drop),
            "tcp" => TcpStream::connect(("127.0.0.1", to.parse().unwrap())).map(drop),
            "udp" => UdpSocket::bind("127.0.0.1:0").map(drop),
            "listen" => UnixListener::bind(to).map(drop),
            "read" => fs::read(to).map(drop),
            "list" => fs::read_dir(to).map(drop),
            "write" => fs::write(to, b"x"),
            "remove" => fs::remove_file(to),
            "exec" => Err(Command::new(to).exec()),
            "fork" => Command::new(to).spawn().and_then(|mut child| child.wait()).map(drop),
            "signal" => {
                let process = rustix::process::Pid::from_raw(to.parse().unwrap()).unwrap();
                rustix::process::test_kill_process(process).map_err(Into::into)
            }
            "call" => call(to.parse().unwrap()),
            "thread" => {
                thread::spawn(|| vec![0u8; 1 << 20].len()).join().map(drop).map_err(|_| io::Error::other(""))
            }
            other => unreachable!("{other}"),
        };
        match tried {
            Ok(()) => 0,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => 1,
            Err(_) => 2,
        }
    }

    /// A system call without arguments that mean anything.
    #[expect(unsafe_code, reason = "calls that nobody wraps are tried")]
    fn call(number: libc::c_long) -> io::Result<()> {
        // SAFETY: no argument is a pointer to anything.
        match unsafe { libc::syscall(number, 0, 0, 0, 0, 0, 0) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    fn child(name: &str, how: &str, to: &[String]) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([VERB, name, how]).args(to).stdin(Stdio::null());
        command
    }

    fn outcome(name: &str, how: &str, to: &[String]) -> Option<i32> {
        child(name, how, to).status().unwrap().code()
    }

    fn no_way_leads_out_of_a_decoder() {
        let lacking = lacking();
        for (name, to) in ways(&There::new()) {
            if lacking.is_empty() {
                assert_eq!(outcome(name, CONFINED, &to), Some(1), "{name} is refused");
            }
            assert_eq!(
                outcome(name, "free", &to),
                Some(0),
                "{name} leads out of a process that is not confined"
            );
        }
    }

    fn no_dangerous_call_is_left_to_a_decoder() {
        if !lacking().is_empty() {
            return;
        }
        let calls = [
            libc::SYS_accept4,
            libc::SYS_add_key,
            libc::SYS_bpf,
            libc::SYS_close_range,
            libc::SYS_dup3,
            libc::SYS_execveat,
            libc::SYS_init_module,
            libc::SYS_io_uring_setup,
            libc::SYS_ioctl,
            libc::SYS_kexec_load,
            libc::SYS_keyctl,
            libc::SYS_kill,
            libc::SYS_memfd_create,
            libc::SYS_mount,
            libc::SYS_openat2,
            libc::SYS_perf_event_open,
            libc::SYS_pidfd_getfd,
            libc::SYS_pidfd_open,
            libc::SYS_pidfd_send_signal,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_ptrace,
            libc::SYS_recvmsg,
            libc::SYS_seccomp,
            libc::SYS_sendmsg,
            libc::SYS_sendto,
            libc::SYS_setns,
            libc::SYS_socketpair,
            libc::SYS_tgkill,
            libc::SYS_unshare,
            libc::SYS_userfaultfd,
        ];
        for number in calls {
            assert_eq!(outcome("call", CONFINED, &[number.to_string()]), Some(1), "system call {number}");
        }
    }

    fn a_decoder_has_threads_memory_and_pipes() {
        assert_eq!(outcome("thread", CONFINED, &[]), Some(0));
    }

    fn fixture(name: &str) -> Vec<u8> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
        fs::read(folder.join(name)).unwrap()
    }

    fn the_child_that_reads_pictures_is_confined() {
        let folder = tempdir().unwrap();
        let host = keyfob_platform::desktop(Some(folder.path().into()));
        host.pictures.read(&fixture("enroll.png")).unwrap();
        // It stays for the next one.
        let children =
            fs::read_to_string(format!("/proc/self/task/{0}/children", std::process::id())).unwrap();
        let reads = |child: &&str| {
            fs::read(format!("/proc/{child}/cmdline")).is_ok_and(|line| line.ends_with(b"\0pictures\0"))
        };
        let child = children.split_whitespace().find(reads).unwrap();
        let status = fs::read_to_string(format!("/proc/{child}/status")).unwrap();
        let is = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
                .unwrap()
                .trim()
                .to_owned()
        };
        assert_eq!(is("NoNewPrivs"), "1");
        if lacking().is_empty() {
            assert_eq!((is("Seccomp"), is("Seccomp_filters")), ("2".to_owned(), "2".to_owned()));
        }
    }

    fn pictures_of_every_kind_are_read_in_confinement() {
        let folder = tempdir().unwrap();
        let pictures = keyfob_platform::desktop(Some(folder.path().into())).pictures;
        let kinds = ["bmp", "gif", "jpg", "pdf", "png", "webp"];
        for kind in kinds {
            let read = pictures.read(&fixture(&format!("enroll.{kind}"))).unwrap();
            assert!(read.codes[0].text.starts_with("otpauth://"), "{kind}");
        }
        assert_eq!(pictures.read(&fixture("two.pdf")).unwrap().codes.len(), 2);
        // The engine of the last resort, which is given a thread.
        assert_eq!(pictures.read(&fixture("blank.png")), Err(PictureError::NoCode));
        assert!(pictures.read(b"rubbish").is_err());
    }
}
