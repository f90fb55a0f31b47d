//===- DataFiles.h - data files written by tests ----------------*- C++ -*-===//
//
// IDX and NumPy files with content that a test can predict.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_TEST_UNIT_RUNTIME_DATAFILES_H
#define QNET_TEST_UNIT_RUNTIME_DATAFILES_H

#include "TestPrograms.h"

namespace qnet::test {

inline std::string idxHeader(uint32_t magic, std::vector<uint32_t> sizes) {
  std::string text;
  sizes.insert(sizes.begin(), magic);
  for (uint32_t word : sizes)
    for (int shift = 24; shift >= 0; shift -= 8)
      text += char(word >> shift);
  return text;
}

inline uint8_t mnistPixel(int image, int pixel) {
  return uint8_t(image * 31 + pixel * 7 + image * pixel);
}

inline std::string idxImages(uint32_t count, uint32_t rows, uint32_t columns) {
  std::string text = idxHeader(0x803, {count, rows, columns});
  for (uint32_t image = 0; image < count; ++image)
    for (uint32_t pixel = 0; pixel < rows * columns; ++pixel)
      text += char(mnistPixel(image, pixel));
  return text;
}

/// Labels i % 10.
inline std::string idxLabels(uint32_t count) {
  std::string text = idxHeader(0x801, {count});
  for (uint32_t i = 0; i < count; ++i)
    text += char(i % 10);
  return text;
}

inline void writeMnist(const TemporaryFolder &folder, uint32_t train,
                       uint32_t test) {
  writeFile(folder / "train-images-idx3-ubyte", idxImages(train, 28, 28));
  writeFile(folder / "train-labels-idx1-ubyte", idxLabels(train));
  writeFile(folder / "t10k-images-idx3-ubyte", idxImages(test, 28, 28));
  writeFile(folder / "t10k-labels-idx1-ubyte", idxLabels(test));
}

inline std::string npy(const std::string &type, const std::string &fortran,
                       const std::string &shape, const std::string &content) {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + fortran +
                       ", 'shape': " + shape + ", }";
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  return std::string("\x93NUMPY\x01\0", 8) + char(header.size()) +
         char(header.size() >> 8) + header + content;
}

/// The values 0, 0.5, 1, ...
inline std::string npyFloats(const std::string &shape, int count) {
  std::vector<float> values(count);
  for (int i = 0; i < count; ++i)
    values[i] = float(i) * 0.5f;
  return npy("<f4", "False", shape,
             std::string(reinterpret_cast<char *>(values.data()), 4 * count));
}

} // namespace qnet::test

#endif // QNET_TEST_UNIT_RUNTIME_DATAFILES_H
