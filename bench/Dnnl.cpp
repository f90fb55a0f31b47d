//===- Dnnl.cpp - Convolutions by oneDNN, where it was found --------------===//
//
// Tensors are described once as qnet stores them and once as the primitive
// wants them; factors are reordered before, results after what is timed.
//
//===----------------------------------------------------------------------===//

#include "Dnnl.h"

using namespace qnet::bench;

#ifndef QNET_BENCH_HAS_DNNL

std::string qnet::bench::describeDnnl() { return "not installed"; }

std::vector<std::unique_ptr<DnnlConv>>
qnet::bench::makeDnnlConvs(const ConvCase &, const float *, const float *,
                           int) {
  return {};
}

#else

#include <cstring>
#include <dlfcn.h>
#include <dnnl.hpp>

using dnnl::memory;

namespace {
/// Layouts of images and of filters, and how to convolve.
struct Layouts {
  const char *name;
  memory::format_tag images, filters;
  dnnl::algorithm algorithm = dnnl::algorithm::convolution_direct;
};

/// The tensors of a product.
struct Descriptors {
  memory::desc x, w, y;
};

class Primitive : public DnnlConv {
public:
  Primitive(const ConvCase &conv, const Layouts &layouts, const float *a,
            const float *b);
  const char *layout() const override { return name; }
  bool isWinograd() const override { return winograd; }
  void run() override {
    primitive.execute(stream, arguments);
    stream.wait();
  }
  void readResult(float *c) override;

private:
  memory fill(const memory::desc &plain, const memory::desc &wanted,
              const float *values);
  void create(const Descriptors &wanted, dnnl::algorithm algorithm);

  const ConvCase conv;
  const char *name;
  const bool winograd;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  dnnl::primitive primitive;
  Descriptors chosen, plain;
  memory result;
  std::unordered_map<int, memory> arguments;
};
} // namespace

static Descriptors describe(const ConvCase &conv, memory::format_tag images,
                            memory::format_tag filters) {
  auto type = memory::data_type::f32;
  memory::dims x{conv.batch, conv.channels, conv.image, conv.image};
  memory::dims w{conv.filters, conv.channels, conv.window, conv.window};
  memory::dims y{conv.batch, conv.filters, conv.output(), conv.output()};
  return {{x, type, images}, {w, type, filters}, {y, type, images}};
}

/// The primitive's description, in the interface of either major version.
template <typename Kind, typename... Rest>
static typename Kind::primitive_desc makeDescription(const dnnl::engine &engine,
                                                     Rest... rest) {
#if DNNL_VERSION_MAJOR >= 3
  return typename Kind::primitive_desc(engine, rest...);
#else
  return typename Kind::primitive_desc(typename Kind::desc(rest...), engine);
#endif
}

void Primitive::create(const Descriptors &wanted, dnnl::algorithm algorithm) {
  memory::dims strides{conv.stride, conv.stride};
  memory::dims low{conv.padLow(), conv.padLow()};
  memory::dims high{conv.padHigh(), conv.padHigh()};
  // Gradients take a forward description as a hint.
  auto forward = makeDescription<dnnl::convolution_forward>(
      engine, dnnl::prop_kind::forward_training, algorithm, wanted.x, wanted.w,
      wanted.y, strides, low, high);
#if DNNL_VERSION_MAJOR >= 3
  auto gradient = [&](auto kind, auto... descriptors) {
    return typename decltype(kind)::primitive_desc(
        engine, algorithm, descriptors..., strides, low, high, forward);
  };
#else
  auto gradient = [&](auto kind, auto... descriptors) {
    using Kind = decltype(kind);
    return typename Kind::primitive_desc(
        typename Kind::desc(algorithm, descriptors..., strides, low, high),
        engine, forward);
  };
#endif
  if (conv.product == Product::Forward) {
    chosen = {forward.src_desc(), forward.weights_desc(), forward.dst_desc()};
    primitive = dnnl::convolution_forward(forward);
  } else if (conv.product == Product::InputGradient) {
    auto one = gradient(dnnl::convolution_backward_data(), wanted.x, wanted.w,
                        wanted.y);
    chosen = {one.diff_src_desc(), one.weights_desc(), one.diff_dst_desc()};
    primitive = dnnl::convolution_backward_data(one);
  } else {
    auto one = gradient(dnnl::convolution_backward_weights(), wanted.x,
                        wanted.w, wanted.y);
    chosen = {one.src_desc(), one.diff_weights_desc(), one.diff_dst_desc()};
    primitive = dnnl::convolution_backward_weights(one);
  }
}

memory Primitive::fill(const memory::desc &plainDesc,
                       const memory::desc &wanted, const float *values) {
  memory from(plainDesc, engine, const_cast<float *>(values));
  memory to(wanted, engine);
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

Primitive::Primitive(const ConvCase &conv, const Layouts &layouts,
                     const float *a, const float *b)
    : conv(conv), name(layouts.name),
      winograd(layouts.algorithm == dnnl::algorithm::convolution_winograd),
      plain(
          describe(conv, memory::format_tag::nhwc, memory::format_tag::ohwi)) {
  create(describe(conv, layouts.images, layouts.filters), layouts.algorithm);
  if (conv.product == Product::Forward) {
    result = memory(chosen.y, engine);
    arguments = {{DNNL_ARG_SRC, fill(plain.x, chosen.x, a)},
                 {DNNL_ARG_WEIGHTS, fill(plain.w, chosen.w, b)},
                 {DNNL_ARG_DST, result}};
  } else if (conv.product == Product::InputGradient) {
    result = memory(chosen.x, engine);
    arguments = {{DNNL_ARG_DIFF_DST, fill(plain.y, chosen.y, a)},
                 {DNNL_ARG_WEIGHTS, fill(plain.w, chosen.w, b)},
                 {DNNL_ARG_DIFF_SRC, result}};
  } else {
    result = memory(chosen.w, engine);
    arguments = {{DNNL_ARG_DIFF_DST, fill(plain.y, chosen.y, a)},
                 {DNNL_ARG_SRC, fill(plain.x, chosen.x, b)},
                 {DNNL_ARG_DIFF_WEIGHTS, result}};
  }
}

void Primitive::readResult(float *c) {
  const memory::desc &desc = conv.product == Product::Forward         ? plain.y
                             : conv.product == Product::InputGradient ? plain.x
                                                                      : plain.w;
  memory to(desc, engine, c);
  dnnl::reorder(result, to).execute(stream, result, to);
  stream.wait();
}

std::string qnet::bench::describeDnnl() {
  const dnnl::version_t *version = dnnl::version();
  return "oneDNN " + std::to_string(version->major) + "." +
         std::to_string(version->minor) + "." + std::to_string(version->patch);
}

/// The library takes as many threads as OpenMP has, when a primitive is made.
static void setThreads(int threads) {
  if (void *set = dlsym(RTLD_DEFAULT, "omp_set_num_threads"))
    reinterpret_cast<void (*)(int)>(set)(threads);
}

std::vector<std::unique_ptr<DnnlConv>>
qnet::bench::makeDnnlConvs(const ConvCase &conv, const float *a, const float *b,
                           int threads) {
  using Tag = memory::format_tag;
  setThreads(threads);
  std::vector<std::unique_ptr<DnnlConv>> convs;
  for (const Layouts &layouts :
       {Layouts{"nhwc", Tag::nhwc, Tag::hwio},
        Layouts{"any filters", Tag::nhwc, Tag::any},
        Layouts{"any", Tag::any, Tag::any},
        Layouts{"winograd", Tag::any, Tag::any,
                dnnl::algorithm::convolution_winograd}}) {
    try {
      convs.push_back(std::make_unique<Primitive>(conv, layouts, a, b));
    } catch (const dnnl::error &) {
      // It has no implementation for these layouts and this algorithm.
    }
  }
  return convs;
}

#endif // QNET_BENCH_HAS_DNNL
