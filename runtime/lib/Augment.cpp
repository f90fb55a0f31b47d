//===- Augment.cpp - random changes of training images --------------------===//
//
// See Augment.h. The words of block `sample` of the stream: the crop's row, its
// column, and in the highest bit of the third whether to mirror.
//
//===----------------------------------------------------------------------===//
#include "Augment.h"

#include "qnet-runtime/philox.h"

using namespace qnet::rt;

static constexpr int64_t padding = 4;

Status qnet::rt::checkAugmentation(const std::string &name,
                                   const Shape &shape) {
  if (name != augmentCropFlip || shape.size() == 3)
    return Status::success();
  return failure("option --augment=%s: expected a program whose inputs are "
                 "images [height,width,channels], this program's are %s",
                 name.c_str(), formatShape(shape).c_str());
}

CropFlip qnet::rt::drawCropFlip(const Augmentation &augmentation,
                                uint32_t sample) {
  PhiloxBlock block = randomBlock(augmentation.seed, 0, sample,
                                  augmentation.epoch, Stream::Augmentation);
  auto offset = [](uint32_t word) {
    return int64_t(uint64_t(word) * (2 * padding + 1) >> 32) - padding;
  };
  return {offset(block.word[0]), offset(block.word[1]),
          (block.word[2] >> 31) != 0};
}
