// RUN: qnet-opt %s | qnet-opt | FileCheck %s
// RUN: qnet-opt %s -emit-bytecode | qnet-opt | FileCheck %s
//
// Every attribute reads back as it was written; a parameter at its default is not
// printed, and f32 parameters keep their bits.

// CHECK-LABEL: @grids
func.func private @grids() attributes {
  // CHECK-SAME: t0 = #qnet.binary<1.000000e+00>
  t0 = #qnet.binary<1.0>,
  // CHECK-SAME: t1 = #qnet.ternary<1.000000e-01>
  t1 = #qnet.ternary<0.1>,
  // CHECK-SAME: t2 = #qnet.uniform<4, 1.250000e-01>
  t2 = #qnet.uniform<4, 0.125>,
  // CHECK-SAME: t3 = tensor<4x!qnet.q<#qnet.uniform<2, 1.000000e+00>>>
  t3 = tensor<4x!qnet.q<#qnet.uniform<2, 1.0>>>
}

// CHECK-LABEL: @roundings
// CHECK-SAME: t0 = #qnet.deterministic
// CHECK-SAME: t1 = #qnet.stochastic,
// CHECK-SAME: t2 = #qnet.stochastic,
// CHECK-SAME: t3 = #qnet.stochastic<24>
func.func private @roundings() attributes {
  t0 = #qnet.deterministic, t1 = #qnet.stochastic, t2 = #qnet.stochastic<16>, t3 = #qnet.stochastic<24>
}

// CHECK-LABEL: @rules
// CHECK-SAME: t0 = #qnet.full
// CHECK-SAME: t1 = #qnet.r
// CHECK-SAME: t2 = #qnet.sr,
// CHECK-SAME: t3 = #qnet.sr<bits = 24>
// CHECK-SAME: t4 = #qnet.bc,
// CHECK-SAME: t5 = #qnet.bc<rounding = #qnet.stochastic<8>>
func.func private @rules() attributes {
  t0 = #qnet.full, t1 = #qnet.r, t2 = #qnet.sr, t3 = #qnet.sr<bits = 24>, t4 = #qnet.bc,
  t5 = #qnet.bc<rounding = #qnet.stochastic<8>>
}

// CHECK-LABEL: @optimizers
// CHECK-SAME: t0 = #qnet.sgd
// CHECK-SAME: t1 = #qnet.momentum,
// CHECK-SAME: t2 = #qnet.momentum<mu = 0.949999988, nesterov = true>
// CHECK-SAME: t3 = #qnet.adam,
// CHECK-SAME: t4 = #qnet.adam<beta2 = {{[^,>]*}}, weight_decay = {{[^,>]*}}>
func.func private @optimizers() attributes {
  t0 = #qnet.sgd, t1 = #qnet.momentum, t2 = #qnet.momentum<mu = 0.95, nesterov = true>, t3 = #qnet.adam,
  t4 = #qnet.adam<beta2 = 0.99, weight_decay = 0.01>
}

// CHECK-LABEL: @schedules
// CHECK-SAME: t0 = #qnet.constant_rate<1.000000e-03>
// CHECK-SAME: t1 = #qnet.step_decay<rate = {{[^,>]*}}, factor = {{[^,>]*}}, epochs = [80, 120]>
// CHECK-SAME: t2 = #qnet.exponential_decay<rate = {{[^,>]*}}, factor = {{[^,>]*}}>
// CHECK-SAME: t3 = #qnet.cosine_decay<rate = {{[^,>]*}}, steps = 4680>
// CHECK-SAME: t4 = #qnet.inverse_decay<mu = {{[^,>]*}}>
// CHECK-SAME: t5 = #qnet.inverse_sqrt_decay<c = {{[^,>]*}}>
func.func private @schedules() attributes {
  t0 = #qnet.constant_rate<1.0e-3>, t1 = #qnet.step_decay<rate = 0.01, factor = 0.1, epochs = [80, 120]>,
  t2 = #qnet.exponential_decay<rate = 0.003, factor = 0.96>, t3 = #qnet.cosine_decay<rate = 0.01, steps = 4680>,
  t4 = #qnet.inverse_decay<mu = 0.1>, t5 = #qnet.inverse_sqrt_decay<c = 0.5>
}

// CHECK-LABEL: @losses_initializers_state
// CHECK-SAME: t0 = #qnet.softmax_cross_entropy
// CHECK-SAME: t1 = #qnet.squared_hinge
// CHECK-SAME: t2 = #qnet.mean_squared_error
// CHECK-SAME: t3 = #qnet.glorot
// CHECK-SAME: t4 = #qnet.he
// CHECK-SAME: t5 = #qnet.constant<-1.500000e+00>
// CHECK-SAME: t6 = #qnet.state<"fc.weight", weights of "fc.weight">
// CHECK-SAME: t7 = #qnet.state<"fc.weight.m", slot of "fc.weight">
// CHECK-SAME: t8 = #qnet.state<"bn.mean", statistic of "bn">
func.func private @losses_initializers_state() attributes {
  t0 = #qnet.softmax_cross_entropy, t1 = #qnet.squared_hinge, t2 = #qnet.mean_squared_error,
  t3 = #qnet.glorot, t4 = #qnet.he, t5 = #qnet.constant<-1.5>,
  t6 = #qnet.state<"fc.weight", weights of "fc.weight">, t7 = #qnet.state<"fc.weight.m", slot of "fc.weight">,
  t8 = #qnet.state<"bn.mean", statistic of "bn">
}
