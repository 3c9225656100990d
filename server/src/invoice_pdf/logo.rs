//! The account's logo as a PDF draws it: bare pixels, on white.

use std::io::Cursor;

use png::{ColorType, Decoder, Limits, Transformations};
use sha2::{Digest, Sha256};

/// The highest it is drawn, in points.
const HEIGHT: f32 = 40.0;
/// The widest it is drawn, in points.
const WIDTH: f32 = 180.0;
/// Maximum number of bytes that decoding may take: the pixels of the largest logo and some.
const MEMORY: usize = 64 * 1024 * 1024;

/// A picture that can be drawn.
#[derive(Clone)]
pub(crate) struct Logo {
    /// Pixels along its upper edge.
    pub(super) width: usize,
    /// Pixels along its side.
    pub(super) height: usize,
    /// Three bytes a pixel, row by row from the top.
    pub(super) rgb: Vec<u8>,
}

impl Logo {
    /// Reads a PNG (third edition). What shines through is laid on white: that is what invoices are printed on.
    ///
    /// # Errors
    /// When it is none, or takes too much memory.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, png::DecodingError> {
        let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MEMORY });
        decoder.set_transformations(Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size =
            reader.output_buffer_size().filter(|size| *size <= MEMORY).ok_or(png::DecodingError::LimitsExceeded)?;
        let mut pixels = vec![0; size];
        let info = reader.next_frame(&mut pixels)?;
        pixels.truncate(info.buffer_size());
        let on_white = |channel: u8, alpha: u8| {
            let (channel, alpha) = (u32::from(channel), u32::from(alpha));
            u8::try_from((channel * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(255)
        };
        let rgb = match info.color_type {
            ColorType::Grayscale => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
            ColorType::GrayscaleAlpha => {
                pixels.chunks_exact(2).flat_map(|pixel| [on_white(pixel[0], pixel[1]); 3]).collect()
            }
            ColorType::Rgba => {
                let flat = |pixel: &[u8]| [0, 1, 2].map(|channel| on_white(pixel[channel], pixel[3]));
                pixels.chunks_exact(4).flat_map(flat).collect()
            }
            // Palettes are unfolded by the transformation asked for.
            ColorType::Rgb | ColorType::Indexed => pixels,
        };
        Ok(Self { width: info.width as usize, height: info.height as usize, rgb })
    }

    /// How wide and high it is drawn, in points: as large as its place allows, its shape kept, and never enlarged beyond
    /// 72 dots an inch.
    pub(super) fn size(&self) -> (f32, f32) {
        let (width, height) = (self.width as f32, self.height as f32);
        let scale = (WIDTH / width).min(HEIGHT / height).min(1.0);
        (width * scale, height * scale)
    }

    /// A name that says what is in it: the same picture has the same one.
    pub(super) fn name(&self) -> String {
        let hash = Sha256::digest(&self.rgb);
        format!("Logo{}", hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of these pixels.
    pub(super) fn png(width: u32, color: ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, 1);
        encoder.set_color(color);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        bytes
    }

    #[test]
    fn every_kind_of_png_becomes_pixels_on_white() {
        let rgb = |color, pixels: &[u8]| Logo::decode(&png(1, color, pixels)).unwrap().rgb;
        assert_eq!(rgb(ColorType::Rgb, &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(rgb(ColorType::Grayscale, &[9]), [9, 9, 9]);
        assert_eq!(rgb(ColorType::Rgba, &[10, 20, 30, 0]), [255, 255, 255]);
        assert_eq!(rgb(ColorType::Rgba, &[10, 20, 30, 255]), [10, 20, 30]);
        assert_eq!(rgb(ColorType::GrayscaleAlpha, &[0, 128]), [127, 127, 127]);
        assert!(Logo::decode(b"\x89PNG\r\n\x1a\n").is_err() && Logo::decode(b"").is_err());
    }

    #[test]
    fn it_fits_its_place_and_keeps_its_shape() {
        let logo = |width, height| Logo { width, height, rgb: Vec::new() }.size();
        assert_eq!(logo(400, 40), (180.0, 18.0));
        assert_eq!(logo(80, 80), (40.0, 40.0));
        assert_eq!(logo(20, 10), (20.0, 10.0));
    }
}
