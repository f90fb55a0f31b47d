//===- SyntheticShapes.cpp - rendered shapes of 32x32 colour pixels -------===//
//
// Ten shapes, each a signed distance in its own coordinates (about -1 to 1,
// negative inside), drawn at a random place, size, turn and aspect over a
// gradient and distractor dots, with noise. Colours are random and differ
// between shape and background in every channel, so no colour tells a class.
// Only + - * / and sqrt are used: the same bytes everywhere.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "SampleRandom.h"

#include <algorithm>
#include <cmath>

using namespace qnet::rt;

namespace {
constexpr int side = 32;

struct Color {
  double channel[3];
};

/// The random map from pixels to a shape's coordinates.
struct Placement {
  double x, y, cosine, sine, scaleX, scaleY;
};
} // namespace

static double length(double u, double v) { return std::sqrt(u * u + v * v); }

static double box(double u, double v, double halfWidth, double halfHeight) {
  return std::max(std::abs(u) - halfWidth, std::abs(v) - halfHeight);
}

/// Three bars across a square.
static double stripes(double along, double across) {
  double bar = std::min(std::abs(across), std::abs(std::abs(across) - 0.68));
  return std::max(std::abs(along) - 0.9, bar - 0.19);
}

/// The squares of a board of three by three whose coordinates' sum is even.
static double board(double u, double v) {
  double corner = box(std::abs(u) - 0.6, std::abs(v) - 0.6, 0.3, 0.3);
  return std::min(corner, box(u, v, 0.3, 0.3));
}

static double distanceToShape(int shape, double u, double v) {
  switch (shape) {
  case 0: // Disc.
    return length(u, v) - 0.9;
  case 1: // Square.
    return box(u, v, 0.8, 0.8);
  case 2: // Triangle.
    return std::max(v - 0.55, 0.8660254037844386 * std::abs(u) - 0.5 * v - 0.5);
  case 3: // Ring.
    return std::abs(length(u, v) - 0.7) - 0.22;
  case 4: // Cross.
    return std::min(box(u, v, 0.25, 0.95), box(u, v, 0.95, 0.25));
  case 5: // Frame.
    return std::abs(box(u, v, 0.7, 0.7)) - 0.17;
  case 6: // Bars from left to right.
    return stripes(u, v);
  case 7: // Bars from top to bottom.
    return stripes(v, u);
  case 8: // Board.
    return board(u, v);
  default: // Crescent.
    return std::max(length(u, v) - 0.95, 0.75 - length(u - 0.5, v));
  }
}

static Placement randomPlacement(SampleRandom &random) {
  // cos and sin of +-14 degrees from the tangent of the half angle.
  double t = random.between(-0.12, 0.12);
  double size = random.between(7, 12), aspect = random.between(0.85, 1.15);
  double mirror = random.below(2) ? -1 : 1;
  return {random.between(11, 21),    random.between(11, 21),
          (1 - t * t) / (1 + t * t), 2 * t / (1 + t * t),
          mirror * size * aspect,    size / aspect};
}

static Color randomColor(SampleRandom &random) {
  return {{random.between(0, 1), random.between(0, 1), random.between(0, 1)}};
}

/// A colour at least 0.3 from `other` in every channel.
static Color contrastingColor(const Color &other, SampleRandom &random) {
  Color color;
  for (int i = 0; i < 3; ++i) {
    color.channel[i] = other.channel[i] + random.between(0.3, 0.7);
    if (color.channel[i] >= 1)
      color.channel[i] -= 1;
  }
  return color;
}

static void blend(Color &under, const Color &over, double coverage) {
  for (int i = 0; i < 3; ++i)
    under.channel[i] += coverage * (over.channel[i] - under.channel[i]);
}

static void drawBackground(Color *pixels, const Color &color,
                           SampleRandom &random) {
  double slopeX = random.between(-0.006, 0.006);
  double slopeY = random.between(-0.006, 0.006);
  for (int i = 0; i < side * side; ++i)
    for (int c = 0; c < 3; ++c)
      pixels[i].channel[c] = color.channel[c] + slopeX * (i % side - side / 2) +
                             slopeY * (i / side - side / 2);
}

/// Draws the shape over the pixels; edges are one pixel wide.
static void drawShape(Color *pixels, int shape, const Placement &at,
                      const Color &color) {
  double pixelsPerUnit = std::min(std::abs(at.scaleX), at.scaleY);
  for (int i = 0; i < side * side; ++i) {
    double dx = i % side + 0.5 - at.x, dy = i / side + 0.5 - at.y;
    double u = (at.cosine * dx + at.sine * dy) / at.scaleX;
    double v = (at.cosine * dy - at.sine * dx) / at.scaleY;
    double distance = distanceToShape(shape, u, v) * pixelsPerUnit;
    blend(pixels[i], color, std::clamp(0.5 - distance, 0.0, 1.0));
  }
}

static void drawDistractors(Color *pixels, SampleRandom &random) {
  for (uint32_t left = random.below(4); left > 0; --left) {
    double size = random.between(1, 2.5);
    double x = random.between(0, side), y = random.between(0, side);
    drawShape(pixels, 0, {x, y, 1, 0, size, size}, randomColor(random));
  }
}

static void writePixels(const Color *pixels, double noise, uint8_t *bytes,
                        SampleRandom &random) {
  for (int i = 0; i < side * side; ++i)
    for (double value : pixels[i].channel) {
      value += random.between(-noise, noise) + random.between(-noise, noise);
      *bytes++ = uint8_t(std::clamp(value, 0.0, 1.0) * 255 + 0.5);
    }
}

static int drawSample(SampleRandom &random, uint8_t *bytes) {
  int shape = random.below(10);
  Color pixels[side * side];
  Color background = randomColor(random);
  Color color = contrastingColor(background, random);
  drawBackground(pixels, background, random);
  drawShape(pixels, shape, randomPlacement(random), color);
  drawDistractors(pixels, random);
  writePixels(pixels, random.between(0.02, 0.15), bytes, random);
  return shape;
}

void qnet::rt::makeSyntheticShapes(bool isTrain, int64_t count,
                                   ThreadPool &pool, SampleSet &set) {
  set.bytes.resize(count * set.sampleSize);
  set.classes.resize(count);
  auto part = isTrain ? SyntheticPart::Train : SyntheticPart::Test;
  pool.run(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      SampleRandom random(part, i);
      set.classes[i] = drawSample(random, &set.bytes[i * set.sampleSize]);
    }
  });
}
