//! Temporary files: exclusive, with unpredictable names, and removed however the program ends.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

/// Where temporary files are now, for a signal that ends the program.
static PATHS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Held while files get their new content: a signal waits until that is done.
static COMMIT: Mutex<()> = Mutex::new(());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Delays signals that would end the program, until it is dropped.
pub(super) fn without_signals() -> MutexGuard<'static, ()> {
    lock(&COMMIT)
}

/// A file that is removed when it is dropped, unless it was given another name.
#[derive(Debug)]
pub(super) struct Temporary {
    file: Option<NamedTempFile>,
    path: PathBuf,
}

impl Temporary {
    /// A new file in `folder`. Its name does not contain that of the target, which may be as long as names can be.
    pub(super) fn in_folder(folder: &Path, is_private: bool) -> io::Result<Self> {
        signals::watch();
        let mut builder = tempfile::Builder::new();
        builder.prefix(".memtiff-").suffix(".tmp").rand_bytes(12);
        #[cfg(not(unix))]
        let _ = is_private;
        #[cfg(unix)]
        if !is_private {
            use std::os::unix::fs::PermissionsExt;
            // The umask applies, as for any new file. Without this only the owner has access.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let mut paths = lock(&PATHS);
        let file = builder.tempfile_in(folder)?;
        let path = file.path().to_owned();
        paths.push(path.clone());
        Ok(Self { file: Some(file), path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&self) -> io::Result<&File> {
        self.file
            .as_ref()
            .map(NamedTempFile::as_file)
            .ok_or_else(|| io::Error::other("the temporary file is gone"))
    }

    /// Renames the file; a file of that name is replaced.
    pub(super) fn rename(mut self, to: &Path) -> io::Result<()> {
        match self.file.take() {
            Some(file) => file.persist(to).map(drop).map_err(|failed| {
                self.file = Some(failed.file);
                failed.error
            }),
            None => Err(io::Error::other("the temporary file is gone")),
        }
    }

    /// Leaves the file where it is, for a person to look at.
    pub(super) fn keep(mut self) {
        if let Some(file) = self.file.take() {
            // A file that cannot be kept is removed, and nothing else can be done.
            let _ = file.keep();
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        self.file = None;
        lock(&PATHS).retain(|path| *path != self.path);
    }
}

#[cfg(unix)]
mod signals {
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Once, mpsc};

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::iterator::Signals;

    /// Removes temporary files when a signal ends the program.
    pub(super) fn watch() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // A write beyond the limit of file sizes is then an error like any other, and does not end the program.
            let _ = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
            let (ready, registered) = mpsc::channel();
            let watch = move || {
                // Registered by the thread that answers: without a thread, signals keep their default.
                let wanted = [SIGHUP, SIGINT, SIGTERM].into_iter().filter(|signal| !is_ignored(*signal));
                let signals = Signals::new(wanted);
                let _ = ready.send(());
                signals.into_iter().for_each(|mut signals| signals.forever().for_each(end));
            };
            if std::thread::Builder::new().name("signals".to_owned()).spawn(watch).is_ok() {
                let _ = registered.recv();
            }
        });
    }

    /// Ends the program as the signal does by default, so that a shell sees the signal (as 130 or 143).
    fn end(signal: i32) {
        let _commit = super::lock(&super::COMMIT);
        let paths = super::lock(&super::PATHS);
        for path in paths.iter() {
            let _ = std::fs::remove_file(path);
        }
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }

    /// Whether the program was started with a signal ignored, as `nohup` does: it must stay ignored. Only Linux shows this
    /// without unsafe code.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        u32::try_from(signal)
            .is_ok_and(|signal| mask.checked_shr(signal.saturating_sub(1)).unwrap_or(0) & 1 == 1)
    }
}

#[cfg(not(unix))]
mod signals {
    /// Elsewhere the system has no signals that end a program after a cleanup.
    pub(super) fn watch() {}
}
