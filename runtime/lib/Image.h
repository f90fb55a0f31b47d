//===- Image.h - decoded images and their resizing --------------*- C++ -*-===//
//
// Images are 8-bit RGB or gray, by pixel. All arithmetic here is in integers,
// so every machine computes the same bytes.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_IMAGE_H
#define QNET_RUNTIME_LIB_IMAGE_H

#include "Support.h"

namespace qnet::rt {

struct Image {
  int64_t height = 0, width = 0, channels = 3;
  std::vector<uint8_t> bytes;
};

/// Whether the name ends as an image file's does.
bool hasImageSuffix(const std::string &name);
/// Reads a PNG, JPEG, PPM or PGM file as RGB; the content decides, not the
/// name.
Status readImage(const std::string &path, Image &image);

/// (77 R + 150 G + 29 B + 128) div 256 of every pixel.
void toLuminance(Image &image);
/// Bilinear where an axis grows, means over areas where it shrinks.
void resize(Image &image, int64_t height, int64_t width);
/// Resizes so that the shorter side is max(height, width) * 8 / 7, rounded,
/// and crops the centre.
void fitCentre(Image &image, int64_t height, int64_t width);

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_IMAGE_H
