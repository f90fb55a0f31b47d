//===- Resize.cpp - resizing of images in integers ------------------------===//
//
// See Image.h. Columns are resized before rows; each pass rounds to 8 bits.
//
//===----------------------------------------------------------------------===//
#include "Image.h"

#include <algorithm>
#include <cstring>

using namespace qnet::rt;

void qnet::rt::toLuminance(Image &image) {
  int64_t pixels = image.height * image.width;
  for (int64_t i = 0; i < pixels; ++i) {
    const uint8_t *rgb = image.bytes.data() + 3 * i;
    image.bytes[i] = (77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8;
  }
  image.bytes.resize(pixels);
  image.channels = 1;
}

namespace {
/// One output of an axis: a weighted mean of consecutive inputs.
struct Taps {
  int64_t first = 0, total = 0;
  std::vector<int64_t> weights;
};
} // namespace

/// Output `index` of `to` covers [index*from, (index+1)*from), and input k
/// covers [k*to, (k+1)*to).
static Taps areaTaps(int64_t from, int64_t to, int64_t index) {
  Taps taps{index * from / to, from, {}};
  int64_t begin = index * from, end = begin + from;
  for (int64_t k = taps.first; k * to < end; ++k)
    taps.weights.push_back(std::min(end, (k + 1) * to) -
                           std::max(begin, k * to));
  return taps;
}

/// The output's centre, in units of 1/(2*to) of an input, between two centres
/// of inputs; the outermost inputs continue outside.
static Taps linearTaps(int64_t from, int64_t to, int64_t index) {
  int64_t unit = 2 * to;
  int64_t place = std::max<int64_t>(0, (2 * index + 1) * from - to);
  place = std::min(place, (from - 1) * unit);
  Taps taps{place / unit, unit, {unit - place % unit}};
  if (place % unit)
    taps.weights.push_back(place % unit);
  return taps;
}

/// Resizes the middle of the dimensions [outer,from,inner] to `to`.
static void resizeAxis(std::vector<uint8_t> &bytes, int64_t outer, int64_t from,
                       int64_t inner, int64_t to) {
  if (from == to)
    return;
  std::vector<uint8_t> result(outer * to * inner);
  for (int64_t i = 0; i < to; ++i) {
    Taps taps = to < from ? areaTaps(from, to, i) : linearTaps(from, to, i);
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t n = 0; n < inner; ++n) {
        int64_t sum = taps.total / 2;
        for (size_t k = 0; k < taps.weights.size(); ++k)
          sum += taps.weights[k] *
                 bytes[(o * from + taps.first + int64_t(k)) * inner + n];
        result[(o * to + i) * inner + n] = uint8_t(sum / taps.total);
      }
  }
  bytes.swap(result);
}

void qnet::rt::resize(Image &image, int64_t height, int64_t width) {
  resizeAxis(image.bytes, image.height, image.width, image.channels, width);
  resizeAxis(image.bytes, 1, image.height, width * image.channels, height);
  image.height = height;
  image.width = width;
}

void qnet::rt::fitCentre(Image &image, int64_t height, int64_t width) {
  int64_t side = (std::max(height, width) * 16 + 7) / 14;
  int64_t shorter = std::min(image.height, image.width);
  auto scaled = [&](int64_t size) {
    return (2 * size * side + shorter) / (2 * shorter);
  };
  resize(image, scaled(image.height), scaled(image.width));
  int64_t top = (image.height - height) / 2, left = (image.width - width) / 2;
  std::vector<uint8_t> crop(height * width * image.channels);
  int64_t line = width * image.channels;
  for (int64_t row = 0; row < height; ++row)
    memcpy(&crop[row * line],
           &image.bytes[((top + row) * image.width + left) * image.channels],
           line);
  image.bytes.swap(crop);
  image.height = height;
  image.width = width;
}
