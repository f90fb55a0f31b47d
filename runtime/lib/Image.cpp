//===- Image.cpp - decoding of image files --------------------------------===//
//
// See Image.h. PNG by libpng, JPEG by libjpeg; PPM and PGM (binary, 8 bits) are
// read here. Transparent pixels lie on black.
//
//===----------------------------------------------------------------------===//
#include "Image.h"
#include "InputFile.h"

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <jpeglib.h>
#include <png.h>
#include <sys/stat.h>

using namespace qnet::rt;

/// Bounds what a damaged header can make us allocate or compute.
static constexpr int64_t maxSide = 65535, maxPixels = int64_t(1) << 28;

bool qnet::rt::hasImageSuffix(const std::string &name) {
  size_t dot = name.rfind('.');
  std::string suffix = dot == std::string::npos ? "" : name.substr(dot + 1);
  for (char &letter : suffix)
    if (letter >= 'A' && letter <= 'Z')
      letter += 'a' - 'A';
  for (const char *known : {"png", "jpg", "jpeg", "ppm", "pgm"})
    if (suffix == known)
      return true;
  return false;
}

static Status damaged(const std::string &path, const char *reason) {
  return failure("'%s': damaged image: %s", path.c_str(), reason);
}

static bool setSize(Image &image, int64_t height, int64_t width) {
  if (height < 1 || width < 1 || height > maxSide || width > maxSide ||
      height * width > maxPixels)
    return false;
  image.height = height;
  image.width = width;
  image.channels = 3;
  image.bytes.assign(height * width * 3, 0);
  return true;
}

static Status readPng(const std::string &path, const std::vector<uint8_t> &file,
                      Image &image) {
  png_image png;
  memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  bool good =
      png_image_begin_read_from_memory(&png, file.data(), file.size()) != 0;
  if (good && !setSize(image, png.height, png.width)) {
    png_image_free(&png);
    return damaged(path, "unusable size");
  }
  png.format = PNG_FORMAT_RGB;
  good = good && png_image_finish_read(&png, nullptr, image.bytes.data(), 0,
                                       nullptr) != 0;
  // A warning here is of a file that can be read.
  Status status = good ? Status::success() : damaged(path, png.message);
  png_image_free(&png);
  return status;
}

namespace {
struct JpegErrors {
  jpeg_error_mgr manager;
  jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};
} // namespace

static void failJpeg(j_common_ptr jpeg) {
  auto *errors = reinterpret_cast<JpegErrors *>(jpeg->err);
  errors->manager.format_message(jpeg, errors->message);
  longjmp(errors->jump, 1);
}

/// A truncated or corrupt JPEG only makes a warning, which is an error here.
static void failOnWarning(j_common_ptr jpeg, int level) {
  if (level < 0)
    failJpeg(jpeg);
}

/// No object with a destructor may live here: errors jump.
static bool decodeJpeg(const uint8_t *data, size_t size, Image &image,
                       JpegErrors &errors) {
  jpeg_decompress_struct jpeg;
  memset(&jpeg, 0, sizeof(jpeg));
  jpeg.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = failJpeg;
  errors.manager.emit_message = failOnWarning;
  if (setjmp(errors.jump)) {
    jpeg_destroy_decompress(&jpeg);
    return false;
  }
  jpeg_create_decompress(&jpeg);
  jpeg_mem_src(&jpeg, data, size);
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_RGB;
  jpeg.dct_method = JDCT_ISLOW;
  bool fits = setSize(image, jpeg.image_height, jpeg.image_width);
  if (fits) {
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height) {
      JSAMPROW row =
          image.bytes.data() + int64_t(jpeg.output_scanline) * image.width * 3;
      jpeg_read_scanlines(&jpeg, &row, 1);
    }
    jpeg_finish_decompress(&jpeg);
  } else {
    snprintf(errors.message, sizeof(errors.message), "unusable size");
  }
  jpeg_destroy_decompress(&jpeg);
  return fits;
}

/// The next number of a PPM header, or -1; comments are skipped.
static int64_t readHeaderNumber(const std::vector<uint8_t> &file,
                                size_t &place) {
  while (place < file.size() &&
         (strchr(" \t\r\n", file[place]) || file[place] == '#')) {
    if (file[place++] == '#')
      while (place < file.size() && file[place] != '\n')
        ++place;
  }
  int64_t number = -1;
  for (; place < file.size() && file[place] >= '0' && file[place] <= '9';
       ++place)
    number = std::min<int64_t>(
        std::max<int64_t>(number, 0) * 10 + (file[place] - '0'), maxPixels);
  return number;
}

static Status readPpm(const std::string &path, const std::vector<uint8_t> &file,
                      Image &image) {
  size_t place = 2;
  int64_t width = readHeaderNumber(file, place);
  int64_t height = readHeaderNumber(file, place);
  if (readHeaderNumber(file, place) != 255)
    return damaged(path, "expected 255 as the largest value");
  ++place; // One blank ends the header.
  int64_t depth = file[1] == '6' ? 3 : 1;
  bool sane = width > 0 && height > 0 && width <= maxSide && height <= maxSide;
  if (sane && int64_t(file.size()) < int64_t(place) + width * height * depth)
    return damaged(path, "truncated file");
  if (!sane || !setSize(image, height, width))
    return damaged(path, "unusable size");
  for (size_t i = 0; i < image.bytes.size(); ++i)
    image.bytes[i] = file[place + (depth == 3 ? i : i / 3)];
  return Status::success();
}

static Status readWhole(const std::string &path, std::vector<uint8_t> &bytes) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return failure("cannot open '%s': %s", path.c_str(), strerror(errno));
  InputFile file;
  if (Status status = file.open(path, false); status.failed())
    return status;
  return file.readVector(info.st_size, bytes);
}

Status qnet::rt::readImage(const std::string &path, Image &image) {
  std::vector<uint8_t> file;
  if (Status status = readWhole(path, file); status.failed())
    return status;
  auto startsWith = [&](const char *magic, size_t size) {
    return file.size() >= size && memcmp(file.data(), magic, size) == 0;
  };
  if (startsWith("\x89PNG", 4))
    return readPng(path, file, image);
  if (startsWith("P6", 2) || startsWith("P5", 2))
    return readPpm(path, file, image);
  if (!startsWith("\xff\xd8", 2))
    return failure("'%s' is not a png, jpeg, ppm or pgm image", path.c_str());
  JpegErrors errors;
  return decodeJpeg(file.data(), file.size(), image, errors)
             ? Status::success()
             : damaged(path, errors.message);
}
