"""The error function in fp32: 1 - e^(-a w(a)) with a = |x|, which is right near zero as well as near one."""

from __future__ import annotations

from frontal.compiler.cpu.code import Code
from frontal.compiler.cpu.maths_exp import expm1_inside
from frontal.compiler.cpu.maths_lanes import Vector, at_most, intrinsic, polynomial

ONE_FROM = 3.95  # erf(x) is 1 in fp32

# w(a) = -log(1 - erf a) / a for 0 ≤ a ≤ 3.95, minimax in its effect on the result
DECAY = (1.1283791711102942, 0.6366193955295959, 0.10277772751024561, -0.01915272438657593, -0.000160970990514057,
         0.0016675632096687693, -0.0006331131036928126, 0.00011771481457193253, -9.26412059726364e-06)  # fmt: skip


def erf(code: Code, x: Vector) -> Vector:
    """Error function."""
    size = at_most(code, intrinsic(code, "fabs", x), ONE_FROM)
    exponent = code.b.fmul(code.b.fneg(size), polynomial(code, size, DECAY))
    return intrinsic(code, "copysign", expm1_inside(code, exponent), x)
