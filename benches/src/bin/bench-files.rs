//! Writes the timed files into a folder, for programs in other languages to be timed on.

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("bench-files FOLDER");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder)?;
    for subject in memtiff_benches::subjects() {
        std::fs::write(std::path::Path::new(&folder).join(subject.name + ".tif"), subject.bytes)?;
    }
    Ok(())
}
