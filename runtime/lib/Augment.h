//===- Augment.h - random changes of training images ------------*- C++ -*-===//
//
// crop-flip: an image is padded by four pixels on each side, cropped to its
// size at a random place, and mirrored left to right half of the time. Each
// decision is a function of seed, epoch and sample (docs/trainer.md), so
// neither threads nor a resume can change it.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_AUGMENT_H
#define QNET_RUNTIME_LIB_AUGMENT_H

#include "Support.h"

namespace qnet::rt {

struct Augmentation {
  bool cropFlip = false;
  uint32_t seed = 0, epoch = 0;
};

constexpr const char *augmentNone = "none", *augmentCropFlip = "crop-flip";

/// Fails unless `name` can be applied to inputs of `shape`: crop-flip needs
/// [height,width,channels].
Status checkAugmentation(const std::string &name, const Shape &shape);

/// Where the crop starts in the unpadded image, from -4 to 4, and whether the
/// crop is mirrored.
struct CropFlip {
  int64_t row, column;
  bool mirrored;
};
CropFlip drawCropFlip(const Augmentation &augmentation, uint32_t sample);

/// Writes the cropped and mirrored `source` of `shape` to `target`. Padding
/// is 0; `convert` gets a value and its channel.
template <typename T, typename Convert>
void cropFlip(const CropFlip &draw, const Shape &shape, const T *source,
              float *target, Convert convert) {
  int64_t height = shape[0], width = shape[1], channels = shape[2];
  for (int64_t row = 0; row < height; ++row)
    for (int64_t column = 0; column < width; ++column) {
      int64_t y = row + draw.row;
      int64_t x = (draw.mirrored ? width - 1 - column : column) + draw.column;
      bool inside = y >= 0 && y < height && x >= 0 && x < width;
      for (int64_t channel = 0; channel < channels; ++channel)
        *target++ =
            inside
                ? convert(source[(y * width + x) * channels + channel], channel)
                : 0.0f;
    }
}

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_AUGMENT_H
