//! Blocks, one after the other, decoded ahead of whoever takes them.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};

use memtiff_geotiff::{ReadRequest, Result, Sample, Window};
use ndarray::Array3;

use crate::dataset::Dataset;

/// A block that was read.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Block<T> {
    /// Its row and column among the blocks, counted from 0.
    pub index: (usize, usize),
    /// The pixels that were asked for of it.
    pub window: Window,
    /// Those pixels: shape (band, row, column).
    pub data: Array3<T>,
}

/// The blocks of a dataset in order, row by row: see [`Dataset::blocks`]. While one is looked at, the next are decoded on
/// other threads (with the feature `rayon`), a few at a time.
pub struct Blocks<T> {
    dataset: Dataset,
    request: ReadRequest,
    todo: Box<dyn Iterator<Item = Place> + Send>,
    coming: VecDeque<Receiver<Result<Block<T>>>>,
    ahead: usize,
}

/// Row and column of a block, and its window.
type Place = ((usize, usize), Window);

impl<T> fmt::Debug for Blocks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocks").field("request", &self.request).finish_non_exhaustive()
    }
}

impl<T: Sample> Blocks<T> {
    fn start(&mut self) {
        while self.coming.len() < self.ahead {
            let Some((index, window)) = self.todo.next() else { return };
            let (dataset, request) = (self.dataset.clone(), self.request.clone());
            let (send, receive) = sync_channel(1);
            self.coming.push_back(receive);
            spawn(move || {
                // Nobody waits for it any more if this fails.
                let _ = send.send(read(&dataset, &request, index, window));
            });
        }
    }
}

impl<T: Sample> Iterator for Blocks<T> {
    type Item = Result<Block<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ahead == 0 {
            let (index, window) = self.todo.next()?;
            return Some(read(&self.dataset, &self.request, index, window));
        }
        self.start();
        // A block whose thread came to nothing is read here.
        let next = self.coming.pop_front()?;
        let block = next.recv();
        self.start();
        block.ok().or_else(|| self.next())
    }
}

fn read<T: Sample>(
    dataset: &Dataset,
    request: &ReadRequest,
    index: (usize, usize),
    window: Window,
) -> Result<Block<T>> {
    let data = dataset.read_with(&request.clone().window(window).parallel(false))?;
    Ok(Block { index, window, data })
}

fn spawn(work: impl FnOnce() + Send + 'static) {
    #[cfg(feature = "rayon")]
    rayon::spawn(work);
    #[cfg(not(feature = "rayon"))]
    work();
}

/// Blocks that are decoded ahead. None where that would make a thread of the pool wait for the pool.
fn ahead() -> usize {
    #[cfg(feature = "rayon")]
    if rayon::current_thread_index().is_none() {
        return rayon::current_num_threads().saturating_mul(2);
    }
    0
}

impl Dataset {
    /// Row, column and window of each block of a band, counted from 1, row by row. Blocks at the edges are as large as the
    /// raster lets them be.
    ///
    /// # Errors
    ///
    /// When there is no such band.
    ///
    /// ```
    /// use memtiff::{MemoryFile, Window};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;         // 100 x 80 pixels in tiles of 32 x 32
    /// let windows: Vec<_> = dataset.block_windows(1)?.collect();
    /// assert_eq!(windows.len(), 4 * 3);
    /// assert_eq!(windows[11], ((2, 3), Window::new(96, 64, 4, 16)));
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn block_windows(
        &self,
        band: usize,
    ) -> Result<impl Iterator<Item = ((usize, usize), Window)> + use<>> {
        self.reader().band_blocks(band)
    }

    /// The window of one block of a band, counted from 1, given by its row and column, counted from 0.
    ///
    /// # Errors
    ///
    /// When there is no such block or band.
    pub fn block_window(&self, band: usize, row: usize, col: usize) -> Result<Window> {
        self.reader().block_window(band, row, col)
    }

    /// The bytes of the file that hold a block; `None` if the file leaves it out. See [`block_window`](Self::block_window).
    ///
    /// # Errors
    ///
    /// As [`block_window`](Self::block_window); also when the table of blocks is damaged.
    pub fn block_bytes(&self, band: usize, row: usize, col: usize) -> Result<Option<Range<u64>>> {
        self.reader().block_bytes(band, row, col)
    }

    /// Reads what a request asks for block by block: each is decoded once, they come in order, and only a few are in memory
    /// at a time. Dropping the iterator stops the work.
    ///
    /// # Errors
    ///
    /// When the request does not fit the raster, or asks for pixels of another size; what is wrong with a block is told
    /// when it comes.
    ///
    /// ```
    /// use memtiff::{MemoryFile, ReadRequest};
    ///
    /// # let data = include_bytes!("../../../testdata/utm33_rgb_u16.tif").to_vec();
    /// let dataset = MemoryFile::from_bytes(data).open()?;
    /// let mut brightest = 0;
    /// for block in dataset.blocks::<u16>(&ReadRequest::new().bands([1]))? {
    ///     brightest = block?.data.iter().copied().fold(brightest, u16::max);
    /// }
    /// assert_eq!(f64::from(brightest), dataset.statistics(1)?.unwrap().max);
    /// # Ok::<(), memtiff::Error>(())
    /// ```
    pub fn blocks<T: Sample>(&self, request: &ReadRequest) -> Result<Blocks<T>> {
        let todo = Box::new(self.reader().blocks(request)?);
        let ahead = if request.is_parallel() { ahead() } else { 0 };
        Ok(Blocks { dataset: self.clone(), request: request.clone(), todo, coming: VecDeque::new(), ahead })
    }
}
