//===- ImageAdjointTest.cpp - Adjoints of the layers on images ------------===//
//
// Convolution, pooling, shapes and gates on random odd shapes, strides of 1 to
// 3 and pads that differ on all four sides.
//
//===----------------------------------------------------------------------===//

#include "AdjointTest.h"

using namespace mlir;
using namespace qnet;
using namespace qnet::test;

namespace {

/// A window with random pads and strides, and an image that it fits on.
struct RandomWindow {
  RandomWindow(std::mt19937 &random, int64_t rows, int64_t columns)
      : window{rows, columns} {
    for (int dim = 0; dim < 2; ++dim) {
      strides[dim] = 1 + random() % 3;
      pads[dim] = random() % window[dim];
      pads[dim + 2] = random() % window[dim];
      int64_t least = window[dim] - pads[dim] - pads[dim + 2];
      size[dim] = std::max<int64_t>(1, least) + random() % 4;
    }
  }
  RankedTensorType image(int64_t samples, int64_t channels) const {
    return f32Tensor({samples, size[0], size[1], channels});
  }
  std::string describe() const {
    std::string text;
    llvm::raw_string_ostream stream(text);
    auto print = [&](StringRef name, ArrayRef<int64_t> values) {
      stream << name << " ";
      llvm::interleave(values, stream, "x");
      stream << " ";
    };
    print("image", size), print("window", window);
    print("strides", strides), print("pads", pads);
    return text;
  }
  int64_t window[2], strides[2], pads[4], size[2];
};

class ImageAdjointTest : public AdjointTest {
protected:
  void checkConv(int64_t rows, int64_t columns) {
    RandomWindow w(random, rows, columns);
    SCOPED_TRACE(w.describe());
    int64_t channels = 1 + random() % 3, filters = 1 + random() % 3;
    SmallVector<Type> types{w.image(1 + random() % 3, channels),
                            f32Tensor({filters, rows, columns, channels})};
    if (random() % 2)
      types.push_back(f32Tensor({filters}));
    check(types, [&](OpBuilder &b, Location loc, ValueRange x) {
      return SmallVector<Value>{Conv2DOp::create(
          b, loc, x[0], x[1], x.size() == 3 ? x[2] : Value(),
          b.getDenseI64ArrayAttr(w.strides), b.getDenseI64ArrayAttr(w.pads))};
    });
  }

  template <typename OpTy> void checkPool() {
    for (int trial = 0; trial < 10; ++trial) {
      RandomWindow w(random, 1 + random() % 4, 1 + random() % 4);
      SCOPED_TRACE(w.describe());
      check({w.image(1 + random() % 3, 1 + random() % 3)},
            [&](OpBuilder &b, Location loc, ValueRange x) {
              return SmallVector<Value>{
                  OpTy::create(b, loc, x[0], b.getDenseI64ArrayAttr(w.window),
                               b.getDenseI64ArrayAttr(w.strides),
                               b.getDenseI64ArrayAttr(w.pads))};
            });
    }
  }
};

} // namespace

TEST_F(ImageAdjointTest, Conv2DOfAnyKernel) {
  for (int trial = 0; trial < 20; ++trial)
    checkConv(1 + random() % 4, 1 + random() % 4);
}

TEST_F(ImageAdjointTest, Conv2DOfOnePixel) {
  for (int trial = 0; trial < 5; ++trial)
    checkConv(1, 1);
}

TEST_F(ImageAdjointTest, Conv2DOf7x7) {
  for (int trial = 0; trial < 3; ++trial)
    checkConv(7, 7);
}

TEST_F(ImageAdjointTest, MaxPool2D) {
  spaced = true;
  checkPool<MaxPool2DOp>();
}

TEST_F(ImageAdjointTest, AvgPool2D) { checkPool<AvgPool2DOp>(); }

TEST_F(ImageAdjointTest, GlobalAvgPool2D) {
  check({f32Tensor({pickSize(), pickSize(), pickSize(), pickSize()})},
        [](OpBuilder &b, Location loc, ValueRange x) {
          return SmallVector<Value>{GlobalAvgPool2DOp::create(b, loc, x[0])};
        });
}

TEST_F(ImageAdjointTest, Reshape) {
  int64_t n = pickSize(), h = pickSize(), w = pickSize(), c = pickSize();
  check({f32Tensor({n, h, w, c})},
        [&](OpBuilder &b, Location loc, ValueRange x) {
          return SmallVector<Value>{
              ReshapeOp::create(b, loc, f32Tensor({n, h * w * c}), x[0])};
        });
}

TEST_F(ImageAdjointTest, Pad) {
  for (int trial = 0; trial < 5; ++trial) {
    SmallVector<int64_t> shape, low, high;
    for (int64_t rank = 1 + random() % 4; rank > 0; --rank) {
      shape.push_back(1 + random() % 4);
      low.push_back(random() % 3);
      high.push_back(random() % 3);
    }
    check({f32Tensor(shape)}, [&](OpBuilder &b, Location loc, ValueRange x) {
      return SmallVector<Value>{PadOp::create(b, loc, x[0],
                                              b.getDenseI64ArrayAttr(low),
                                              b.getDenseI64ArrayAttr(high))};
    });
  }
}

TEST_F(ImageAdjointTest, Slice) {
  for (int trial = 0; trial < 5; ++trial) {
    SmallVector<int64_t> shape, offsets, sizes, strides;
    for (int64_t rank = 1 + random() % 4; rank > 0; --rank) {
      offsets.push_back(random() % 3);
      sizes.push_back(1 + random() % 3);
      strides.push_back(1 + random() % 3);
      int64_t last = offsets.back() + (sizes.back() - 1) * strides.back();
      shape.push_back(last + 1 + random() % 3);
    }
    check({f32Tensor(shape)}, [&](OpBuilder &b, Location loc, ValueRange x) {
      return SmallVector<Value>{SliceOp::create(
          b, loc, x[0], b.getDenseI64ArrayAttr(offsets),
          b.getDenseI64ArrayAttr(sizes), b.getDenseI64ArrayAttr(strides))};
    });
  }
}

template <typename OpTy>
static SmallVector<Value> buildGate(OpBuilder &b, Location loc, ValueRange x) {
  return {OpTy::create(b, loc, x[0])};
}

TEST_F(ImageAdjointTest, HardTanh) {
  spaced = true;
  check({f32Tensor({5, 7})}, buildGate<HardTanhOp>);
}

/// The gradient of sign is straight-through: that of hard_tanh.
TEST_F(ImageAdjointTest, Sign) {
  spaced = true;
  check({f32Tensor({5, 7})}, buildGate<SignOp>, /*classes=*/1,
        buildGate<HardTanhOp>);
}
