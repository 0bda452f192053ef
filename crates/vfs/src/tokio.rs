//! Handles for asynchronous code. Memory never makes anyone wait, so every poll is ready.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::file::File;

impl AsyncRead for File {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = self.read(buf.initialize_unfilled());
        Poll::Ready(read.map(|n| buf.advance(n)))
    }
}

impl AsyncWrite for File {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.write(data))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsyncSeek for File {
    fn start_seek(mut self: Pin<&mut Self>, to: SeekFrom) -> io::Result<()> {
        self.seek(to).map(drop)
    }

    fn poll_complete(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(self.stream_position())
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, copy};

    use super::*;
    use crate::Vfs;

    #[tokio::test]
    async fn asynchronous_code_copies_in_seeks_and_reads() {
        let data: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut file = Vfs::new().create("file").unwrap();
        assert_eq!(copy(&mut &data[..], &mut file).await.unwrap(), 400_000);
        assert_eq!(AsyncSeekExt::seek(&mut file, SeekFrom::End(-4)).await.unwrap(), 399_996);
        assert_eq!(AsyncReadExt::read_u32_le(&mut file).await.unwrap(), 99_999);
        AsyncWriteExt::write_all(&mut file, b"end").await.unwrap();
        assert_eq!(file.len().unwrap(), 400_003);
    }
}
