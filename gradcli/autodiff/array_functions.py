"""Functions of arrays whose shape arguments are static, as one table: reductions, products, rearrangements.

Builders are named by string and imported when a call is first lowered, so that the table costs nothing."""

from __future__ import annotations

from gradcli.autodiff.array_call import ArrayFunction
from gradcli.autodiff.primitive import RowKink

_LINEAR = "linear algebra"
_AXIS = ("axis", "keepdims")
_TIES = (RowKink("several entries tie for it", "ties share the derivative equally"),)
_TIP = (RowKink("all entries are 0", "0 at the tip of the cone"),)
ALL: tuple[ArrayFunction, ...] = (
    ArrayFunction("sum", "sum(x, axis=None, keepdims=0)", "sum of the entries", "reductions:build_sum", static=_AXIS, example="sum(x) at x=[1, 2, 4]"),
    ArrayFunction("prod", "prod(x, axis=None, keepdims=0)", "product of the entries, differentiated without division", "reductions:build_prod", static=_AXIS, example="prod(x) at x=[2, 0, 4]"),
    ArrayFunction("max", "max(x, axis=None, keepdims=0) or max(a, b, ...)", "largest entry; of several values elementwise",
                  "reductions:build_max", None, static=_AXIS, kinks=_TIES, example="max(x) at x=[1, 4, 2]"),
    ArrayFunction("min", "min(x, axis=None, keepdims=0) or min(a, b, ...)", "smallest entry; of several values elementwise",
                  "reductions:build_min", None, static=_AXIS, kinks=_TIES, example="min(x) at x=[4, 1, 2]"),
    ArrayFunction("median", "median(x, axis=None, keepdims=0)", "middle entry, or the mean of the two middle ones",
                  "reductions:build_median", static=_AXIS, kinks=_TIES, example="median(x) at x=[4, 1, 2]"),
    ArrayFunction("norm", "norm(x, axis=None, keepdims=0)", "Euclidean norm (of a matrix: Frobenius); its derivative at 0 is taken as 0", "reductions:build_norm",
                  static=_AXIS, kinks=_TIP, example="norm(x) at x=[3, 4]"),
    ArrayFunction("cumsum", "cumsum(x, axis=None)", "running sums", "reductions:build_cumsum", static=("axis",), example="cumsum(x) at x=[1, 2, 4]"),
    ArrayFunction("trace", "trace(A)", "sum of the diagonal of a square matrix", "arrangements:build_trace", aliases=("tr",), example="trace(A) at A=[[1, 2], [3, 4]]"),
    ArrayFunction("logsumexp", "logsumexp(x, axis=None, keepdims=0)", "log of the sum of exponentials, without overflow", "normalisations:build_logsumexp",
                  static=_AXIS, group="models", rule="d logsumexp(x) = sum(softmax(x)*dx)", example="logsumexp(x) at x=[1000, 1001]"),
    ArrayFunction("softmax", "softmax(x, axis=None)", "exponentials divided by their sum, without overflow", "normalisations:build_softmax", static=("axis",),
                  group="models", rule="d softmax(x) = p*(dx - sum(p*dx)), p = softmax(x); p*(1 - p) is formed as p times the sum of the other entries",
                  example="softmax(x) at x=[1, 2]"),
    ArrayFunction("log_softmax", "log_softmax(x, axis=None)", "logarithm of softmax", "normalisations:build_log_softmax", static=("axis",), group="models",
                  rule="d log_softmax(x) = dx - sum(softmax(x)*dx)", example="log_softmax(x) at x=[1, 2]"),
    ArrayFunction("reshape", "reshape(x, [m, n])", "the same entries in another shape", "arrangements:build_reshape", least=2, static=("shape",), group="shape", example="reshape(x, [2, 1]) at x=[3, 4]"),
    ArrayFunction("transpose", "transpose(A, axes=None)", "axes in reversed (or the given) order", "arrangements:build_transpose", static=("axes",), group="shape", example="transpose(A) at A=[[1, 2]]"),
    ArrayFunction("concat", "concat(a, b, ..., axis=0)", "arrays joined along an axis", "arrangements:build_concat", None, static=("axis",), group="shape",
                  aliases=("concatenate",), example="concat(a, b) at a=[1, 2]; b=[3]"),
    ArrayFunction("stack", "stack(a, b, ..., axis=0)", "arrays joined along a new axis", "arrangements:build_stack", None, static=("axis",), group="shape", example="stack(a, b) at a=[1]; b=[2]"),
    ArrayFunction("diag", "diag(x)", "diagonal of a square matrix, or the matrix with this diagonal", "arrangements:build_diag", group="shape", example="diag(x) at x=[3, 4]"),
    ArrayFunction("tril", "tril(A, k=0)", "A on and below its k-th diagonal, else 0", "arrangements:build_tril", static=("k",), group="shape", example="tril(A) at A=[[1, 2], [3, 4]]"),
    ArrayFunction("triu", "triu(A, k=0)", "A on and above its k-th diagonal, else 0", "arrangements:build_triu", static=("k",), group="shape", example="triu(A) at A=[[1, 2], [3, 4]]"),
    ArrayFunction("matmul", "matmul(A, B)", "matrix product, A @ B; axes before the last two are a stack of matrices", "products:build_matmul", 2, 2, group="shape", example="matmul(A, x) at A=[[1, 2], [3, 4]]; x=[5, 6]"),
    ArrayFunction("dot", "dot(x, y)", "inner product of two vectors, matrix product; of stacks every matrix of x with every one of y", "products:build_dot", 2, 2, group="shape",
                  example="dot(x, y) at x=[1, 2]; y=[3, 4]"),
    ArrayFunction("outer", "outer(x, y)", "matrix of all products of an entry of x and an entry of y", "products:build_outer", 2, 2, group="shape", example="outer(x, y) at x=[1, 2]; y=[3]"),
    ArrayFunction("einsum", 'einsum("ij,jk->ik", A, B)', "sums of products over named axes", "products:build_einsum", None, 2, group="shape", skip=1, example='einsum("ij,j->i", A, x) at A=[[1, 2], [3, 4]]; x=[5, 6]'),
    ArrayFunction("matrix_power", "matrix_power(A, n)", "A @ A @ ... (n times); for negative n of inv(A)", "products:build_matrix_power", 1, 2, ("n",), group="shape", example="matrix_power(A, 2) at A=[[1, 2], [3, 4]]"),
    ArrayFunction("inv", "inv(A)", "inverse of a square matrix", "matrix_functions:build_inv", group=_LINEAR, aliases=("inverse",),
                  domain="A square, not singular", rule="d inv(A) = -inv(A) @ dA @ inv(A)", example="inv(A) at A=[[2, 0], [1, 4]]",
                  latex="{0:tight}^{{-1}}"),
    ArrayFunction("solve", "solve(A, b)", "inv(A) @ b without the inverse: the x of A @ x = b, or X of A @ X = B", "matrix_functions:build_solve", 2, 2,
                  group=_LINEAR, domain="A square, not singular; b a vector, or a matrix of right sides",
                  rule="d solve(A, b) = solve(A, db - dA @ solve(A, b))", example="solve(A, b) at A=[[2, 0], [1, 4]]; b=[2, 9]", latex="{0:tight}^{{-1}} {1:tight}"),
    ArrayFunction("det", "det(A)", "determinant of a square matrix", "matrix_functions:build_det", group=_LINEAR, domain="A square; singular too",
                  rule="d det(A) = trace(adj(A) @ dA), with no division by det(A)", example="det(A) at A=[[1, 2], [3, 4]]",
                  latex=r"\det\left({0}\right)"),
    ArrayFunction("adj", "adj(A)", "adjugate: det(A)*inv(A), the transposed matrix of cofactors", "matrix_functions:build_adj", group=_LINEAR,
                  aliases=("adjugate",), domain="A square; singular too",
                  rule="d adj(A) = trace(inv(A) @ dA)*adj(A) - inv(A) @ dA @ adj(A), as a polynomial where inv(A) does not exist",
                  example="adj(A) at A=[[1, 2], [2, 4]]", latex=r"\operatorname{{adj}}\left({0}\right)"),
    ArrayFunction("logdet", "logdet(A)", "log(det(A)) without overflow", "matrix_functions:build_logdet", group=_LINEAR,
                  domain="A square with a positive determinant (else NaN, or -inf if it is singular)", rule="d logdet(A) = trace(inv(A) @ dA)",
                  example="logdet(A) at A=[[2, 0], [0, 0.5]]", latex=r"\log \det\left({0}\right)"),
    ArrayFunction("logabsdet", "logabsdet(A)", "log(abs(det(A))) without overflow", "matrix_functions:build_logabsdet", group=_LINEAR,
                  domain="A square, not singular", rule="d logabsdet(A) = trace(inv(A) @ dA)", example="logabsdet(A) at A=[[0, 1], [1, 0]]",
                  latex=r"\log \left|\det\left({0}\right)\right|"),
    ArrayFunction("cholesky", "cholesky(A)", "lower triangular L with A = L @ L'; reads the lower triangle of A only", "matrix_functions:build_cholesky",
                  group=_LINEAR, domain="the symmetric matrix that the lower triangle of A stands for must be positive definite",
                  rule="d cholesky(A) = L @ P, P the lower triangle of inv(L) @ dA @ inv(L)' with its diagonal halved; 0 by entries above the diagonal",
                  example="cholesky(A) at A=[[4, 0], [2, 10]]", latex=r"\operatorname{{chol}}\left({0}\right)"),
    ArrayFunction("pinv", "pinv(A)", "Moore-Penrose pseudoinverse", "matrix_functions:build_pinv", group=_LINEAR, domain="any matrix; smooth where it has full rank",
                  rule="d P = -P @ dA @ P + P @ P' @ dA' @ (I - A @ P) + (I - P @ A) @ dA' @ P' @ P, with P = pinv(A)",
                  kinks=(RowKink("the rank of A is not full", "the derivative among matrices of the same rank"),),
                  example="pinv(A) at A=[[2], [0]]", latex="{0:tight}^{{+}}"),
    ArrayFunction("zeros", "zeros([m, n])", "an array of zeros", "arrangements:build_zeros", 0, 1, ("shape",), group="shape", example="zeros([2]) + x at x=[1, 2]"),
    ArrayFunction("ones", "ones([m, n])", "an array of ones", "arrangements:build_ones", 0, 1, ("shape",), group="shape", example="ones([2])*x at x=3"),
    ArrayFunction("eye", "eye(n)", "identity matrix", "arrangements:build_eye", 0, 1, ("n",), group="shape", example="eye(2)*x at x=3"),
    ArrayFunction("linspace", "linspace(a, b, n)", "n equally spaced numbers from a to b", "arrangements:build_linspace", 2, 3, ("n",), group="shape", example="linspace(a, b, 3) at a=0; b=1"),
    ArrayFunction("arange", "arange(n)", "0, 1, ..., n - 1", "arrangements:build_arange", 0, 1, ("n",), group="shape", example="arange(3)*x at x=2"),
    ArrayFunction("size", "size(x, axis=None)", "number of entries", "arrangements:build_size", static=("axis",), group="shape", example="size(x)*x[0] at x=[4, 5]"),
    ArrayFunction("shape", "shape(x)", "length of each axis", "arrangements:build_shape", group="shape", example="shape(x)*x[0] at x=[4, 5]"),
    ArrayFunction("stop_gradient", "stop_gradient(x)", "x, held constant for every derivative", "arrangements:build_stop", group="choice", example="x*stop_gradient(x) at x=3"),
    ArrayFunction("polygamma", "polygamma(n, x)", "n-th derivative of digamma, n a constant", "arrangements:build_polygamma", None, 2, group="special", skip=1, example="polygamma(1, x) at x=0.5"),
)  # fmt: skip

BY_NAME: dict[str, ArrayFunction] = {name: f for f in ALL for name in (f.name, *f.aliases)}
