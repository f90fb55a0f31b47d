//===- SyntheticDigits.cpp - rendered digits of 28x28 pixels --------------===//
//
// Ten glyphs of line segments and arcs in the unit square, drawn under a random
// affine map with a random bend, stroke width and contrast, over distractor
// strokes and noise. A pixel's value falls off linearly with its distance to
// the nearest stroke. Only + - * / and sqrt are used: the same bytes
// everywhere.
//
//===----------------------------------------------------------------------===//
#include "Dataset.h"
#include "SampleRandom.h"

#include <algorithm>
#include <cmath>

using namespace qnet::rt;

namespace {
struct Point {
  double x, y;
};

/// Lines through `points`, or an arc when `radius` is not zero: around
/// points[0], from `first` to `last` in sixteenths of a turn, clockwise from
/// the right.
struct Stroke {
  std::vector<Point> points;
  Point radius = {0, 0};
  int first = 0, last = 0;
};

/// The random map from the unit square to pixels.
struct Placement {
  double xx, xy, yx, yy, x, y, bend;
  Point apply(Point p) const {
    double u = p.x - 0.5 + bend * (p.y - 0.5) * (p.y - 0.5), v = p.y - 0.5;
    return {x + xx * u + xy * v, y + yx * u + yy * v};
  }
};

constexpr int side = 28;

class Canvas {
public:
  void drawSegment(Point from, Point to, double width, double value);
  void write(uint8_t *bytes, double contrast, double noise,
             SampleRandom &random) const;

private:
  double pixels[side * side] = {};
};
} // namespace

static const std::vector<Stroke> glyphs[10] = {
    {{{{.5, .5}}, {.27, .4}, 0, 16}},
    {{{{.34, .27}, {.55, .1}, {.55, .9}}}},
    {{{{.5, .32}}, {.26, .22}, 8, 18}, {{{.69, .47}, {.24, .9}, {.78, .9}}}},
    {{{{.47, .3}}, {.24, .2}, 9, 20}, {{{.47, .7}}, {.27, .2}, 12, 23}},
    {{{{.62, .9}, {.62, .1}, {.22, .62}, {.82, .62}}}},
    {{{{.74, .1}, {.32, .1}, {.29, .47}}}, {{{.48, .65}}, {.27, .25}, 11, 23}},
    {{{{.66, .1}, {.45, .28}, {.31, .5}, {.26, .68}}},
     {{{.5, .68}}, {.24, .22}, 0, 16}},
    {{{{.22, .1}, {.78, .1}, {.42, .9}}}},
    {{{{.5, .3}}, {.2, .2}, 0, 16}, {{{.5, .7}}, {.25, .2}, 0, 16}},
    {{{{.5, .32}}, {.24, .22}, 0, 16}, {{{.74, .32}, {.72, .6}, {.58, .9}}}},
};

/// The point of the unit circle at `sixteenths` of a turn.
static Point onCircle(int sixteenths) {
  static constexpr double cosine[16] = {
      1,  0.9238795325112867,  0.7071067811865476,  0.3826834323650898,
      0,  -0.3826834323650898, -0.7071067811865476, -0.9238795325112867,
      -1, -0.9238795325112867, -0.7071067811865476, -0.3826834323650898,
      0,  0.3826834323650898,  0.7071067811865476,  0.9238795325112867};
  return {cosine[sixteenths & 15], cosine[(sixteenths + 12) & 15]};
}

static std::vector<Point> flatten(const Stroke &stroke) {
  if (stroke.radius.x == 0)
    return stroke.points;
  std::vector<Point> points;
  Point center = stroke.points[0];
  for (int i = stroke.first; i <= stroke.last; ++i) {
    Point unit = onCircle(i);
    points.push_back({center.x + stroke.radius.x * unit.x,
                      center.y + stroke.radius.y * unit.y});
  }
  return points;
}

void Canvas::drawSegment(Point from, Point to, double width, double value) {
  double dx = to.x - from.x, dy = to.y - from.y;
  double length = dx * dx + dy * dy, reach = width + 1;
  auto bound = [](double at) { return int(std::clamp(at, 0.0, side - 1.0)); };
  int left = bound(std::min(from.x, to.x) - reach);
  int right = bound(std::max(from.x, to.x) + reach);
  int top = bound(std::min(from.y, to.y) - reach);
  int bottom = bound(std::max(from.y, to.y) + reach);
  for (int row = top; row <= bottom; ++row)
    for (int column = left; column <= right; ++column) {
      double px = column + 0.5 - from.x, py = row + 0.5 - from.y;
      double along = length > 0 ? (px * dx + py * dy) / length : 0;
      along = std::clamp(along, 0.0, 1.0);
      double ex = px - along * dx, ey = py - along * dy;
      double distance = std::sqrt(ex * ex + ey * ey);
      double &pixel = pixels[row * side + column];
      pixel =
          std::max(pixel, value * std::clamp(width + 0.5 - distance, 0.0, 1.0));
    }
}

void Canvas::write(uint8_t *bytes, double contrast, double noise,
                   SampleRandom &random) const {
  for (int i = 0; i < side * side; ++i) {
    double grain =
        random.between(-noise, noise) + random.between(-noise, noise);
    double value = contrast * pixels[i] + grain;
    bytes[i] = uint8_t(std::clamp(value, 0.0, 1.0) * 255 + 0.5);
  }
}

static Placement randomPlacement(SampleRandom &random) {
  // cos and sin of +-15 degrees from the tangent of the half angle.
  double t = random.between(-0.13, 0.13);
  double c = (1 - t * t) / (1 + t * t), s = 2 * t / (1 + t * t);
  double width = random.between(15, 23), height = random.between(18, 24);
  double shear = random.between(-0.3, 0.3);
  return {c * width,
          (c * shear - s) * height,
          s * width,
          (s * shear + c) * height,
          random.between(11.5, 16.5),
          random.between(11.5, 16.5),
          random.between(-0.5, 0.5)};
}

static void drawGlyph(Canvas &canvas, const std::vector<Stroke> &glyph,
                      SampleRandom &random) {
  Placement placement = randomPlacement(random);
  double width = random.between(0.6, 1.5);
  for (const Stroke &stroke : glyph) {
    Point shift = {random.between(-0.04, 0.04), random.between(-0.04, 0.04)};
    std::vector<Point> points = flatten(stroke);
    for (Point &point : points) {
      double jitter = stroke.radius.x == 0 ? 0.05 : 0.02;
      point.x += shift.x + random.between(-jitter, jitter);
      point.y += shift.y + random.between(-jitter, jitter);
      point = placement.apply(point);
    }
    for (size_t i = 1; i < points.size(); ++i)
      canvas.drawSegment(points[i - 1], points[i], width, 1);
  }
}

static void drawDistractors(Canvas &canvas, SampleRandom &random) {
  for (uint32_t left = random.below(3); left > 0; --left) {
    Point from = {random.between(0, side), random.between(0, side)};
    Point to = {from.x + random.between(-8, 8), from.y + random.between(-8, 8)};
    double width = random.between(0.3, 1), value = random.between(0.3, 0.9);
    canvas.drawSegment(from, to, width, value);
  }
}

void qnet::rt::makeSyntheticDigits(bool isTrain, int64_t count,
                                   ThreadPool &pool, SampleSet &set) {
  set.bytes.resize(count * side * side);
  set.classes.resize(count);
  auto part = isTrain ? SyntheticPart::Train : SyntheticPart::Test;
  pool.run(count, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      SampleRandom random(part, i);
      set.classes[i] = random.below(10);
      Canvas canvas;
      drawGlyph(canvas, glyphs[set.classes[i]], random);
      drawDistractors(canvas, random);
      double contrast = random.between(0.6, 1), noise = random.between(0, 0.2);
      canvas.write(&set.bytes[i * side * side], contrast, noise, random);
    }
  });
}
