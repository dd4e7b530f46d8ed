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
    ArrayFunction("sum", "sum(x, axis=None, keepdims=0)", "sum of the entries", "reductions:build_sum", static=_AXIS),
    ArrayFunction("prod", "prod(x, axis=None, keepdims=0)", "product of the entries, differentiated without division", "reductions:build_prod", static=_AXIS),
    ArrayFunction("max", "max(x, axis=None, keepdims=0) or max(a, b, ...)", "largest entry; of several values elementwise",
                  "reductions:build_max", None, static=_AXIS, kinks=_TIES),
    ArrayFunction("min", "min(x, axis=None, keepdims=0) or min(a, b, ...)", "smallest entry; of several values elementwise",
                  "reductions:build_min", None, static=_AXIS, kinks=_TIES),
    ArrayFunction("median", "median(x, axis=None, keepdims=0)", "middle entry, or the mean of the two middle ones",
                  "reductions:build_median", static=_AXIS, kinks=_TIES),
    ArrayFunction("norm", "norm(x, axis=None, keepdims=0)", "Euclidean norm (of a matrix: Frobenius); its derivative at 0 is taken as 0", "reductions:build_norm",
                  static=_AXIS, kinks=_TIP),
    ArrayFunction("cumsum", "cumsum(x, axis=None)", "running sums", "reductions:build_cumsum", static=("axis",)),
    ArrayFunction("trace", "trace(A)", "sum of the diagonal of a square matrix", "arrangements:build_trace", aliases=("tr",)),
    ArrayFunction("reshape", "reshape(x, [m, n])", "the same entries in another shape", "arrangements:build_reshape", least=2, static=("shape",), group="shape"),
    ArrayFunction("transpose", "transpose(A, axes=None)", "axes in reversed (or the given) order", "arrangements:build_transpose", static=("axes",), group="shape"),
    ArrayFunction("concat", "concat(a, b, ..., axis=0)", "arrays joined along an axis", "arrangements:build_concat", None, static=("axis",), group="shape",
                  aliases=("concatenate",)),
    ArrayFunction("stack", "stack(a, b, ..., axis=0)", "arrays joined along a new axis", "arrangements:build_stack", None, static=("axis",), group="shape"),
    ArrayFunction("diag", "diag(x)", "diagonal of a square matrix, or the matrix with this diagonal", "arrangements:build_diag", group="shape"),
    ArrayFunction("tril", "tril(A, k=0)", "A on and below its k-th diagonal, else 0", "arrangements:build_tril", static=("k",), group="shape"),
    ArrayFunction("triu", "triu(A, k=0)", "A on and above its k-th diagonal, else 0", "arrangements:build_triu", static=("k",), group="shape"),
    ArrayFunction("matmul", "matmul(A, B)", "matrix product, A @ B", "products:build_matmul", 2, 2, group="shape"),
    ArrayFunction("einsum", 'einsum("ij,jk->ik", A, B)', "sums of products over named axes", "products:build_einsum", None, 2, group="shape", skip=1),
    ArrayFunction("matrix_power", "matrix_power(A, n)", "A @ A @ ... (n times); for negative n of inv(A)", "products:build_matrix_power", 1, 2, ("n",), group="shape"),
    ArrayFunction("inv", "inv(A)", "inverse of a square matrix", "matrix_functions:build_inv", group=_LINEAR, aliases=("inverse",),
                  domain="A square, not singular", rule="d inv(A) = -inv(A) @ dA @ inv(A)", example="inv([[2, 0], [1, 4]])",
                  latex="{0:tight}^{{-1}}"),
    ArrayFunction("solve", "solve(A, b)", "inv(A) @ b without the inverse: the x of A @ x = b, or X of A @ X = B", "matrix_functions:build_solve", 2, 2,
                  group=_LINEAR, domain="A square, not singular; b a vector, or a matrix of right sides",
                  rule="d solve(A, b) = solve(A, db - dA @ solve(A, b))", example="solve([[2, 0], [1, 4]], [2, 9])", latex="{0:tight}^{{-1}} {1:tight}"),
    ArrayFunction("det", "det(A)", "determinant of a square matrix", "matrix_functions:build_det", group=_LINEAR, domain="A square; singular too",
                  rule="d det(A) = trace(adj(A) @ dA), with no division by det(A)", example="det([[1, 2], [3, 4]])",
                  latex=r"\det\left({0}\right)"),
    ArrayFunction("adj", "adj(A)", "adjugate: det(A)*inv(A), the transposed matrix of cofactors", "matrix_functions:build_adj", group=_LINEAR,
                  aliases=("adjugate",), domain="A square; singular too",
                  rule="d adj(A) = trace(inv(A) @ dA)*adj(A) - inv(A) @ dA @ adj(A), as a polynomial where inv(A) does not exist",
                  example="adj([[1, 2], [2, 4]])", latex=r"\operatorname{{adj}}\left({0}\right)"),
    ArrayFunction("logdet", "logdet(A)", "log(det(A)) without overflow", "matrix_functions:build_logdet", group=_LINEAR,
                  domain="A square with a positive determinant (else NaN, or -inf if it is singular)", rule="d logdet(A) = trace(inv(A) @ dA)",
                  example="logdet([[2, 0], [0, 0.5]])", latex=r"\log \det\left({0}\right)"),
    ArrayFunction("logabsdet", "logabsdet(A)", "log(abs(det(A))) without overflow", "matrix_functions:build_logabsdet", group=_LINEAR,
                  domain="A square, not singular", rule="d logabsdet(A) = trace(inv(A) @ dA)", example="logabsdet([[0, 1], [1, 0]])",
                  latex=r"\log \left|\det\left({0}\right)\right|"),
    ArrayFunction("cholesky", "cholesky(A)", "lower triangular L with A = L @ L'; reads the lower triangle of A only", "matrix_functions:build_cholesky",
                  group=_LINEAR, domain="the symmetric matrix that the lower triangle of A stands for must be positive definite",
                  rule="d cholesky(A) = L @ P, P the lower triangle of inv(L) @ dA @ inv(L)' with its diagonal halved; 0 by entries above the diagonal",
                  example="cholesky([[4, 0], [2, 10]])", latex=r"\operatorname{{chol}}\left({0}\right)"),
    ArrayFunction("pinv", "pinv(A)", "Moore-Penrose pseudoinverse", "matrix_functions:build_pinv", group=_LINEAR, domain="any matrix; smooth where it has full rank",
                  rule="d P = -P @ dA @ P + P @ P' @ dA' @ (I - A @ P) + (I - P @ A) @ dA' @ P' @ P, with P = pinv(A)",
                  kinks=(RowKink("the rank of A is not full", "the derivative among matrices of the same rank"),),
                  example="pinv([[2], [0]])", latex="{0:tight}^{{+}}"),
    ArrayFunction("zeros", "zeros([m, n])", "an array of zeros", "arrangements:build_zeros", 0, 1, ("shape",), group="shape"),
    ArrayFunction("ones", "ones([m, n])", "an array of ones", "arrangements:build_ones", 0, 1, ("shape",), group="shape"),
    ArrayFunction("eye", "eye(n)", "identity matrix", "arrangements:build_eye", 0, 1, ("n",), group="shape"),
    ArrayFunction("linspace", "linspace(a, b, n)", "n equally spaced numbers from a to b", "arrangements:build_linspace", 2, 3, ("n",), group="shape"),
    ArrayFunction("arange", "arange(n)", "0, 1, ..., n - 1", "arrangements:build_arange", 0, 1, ("n",), group="shape"),
    ArrayFunction("size", "size(x, axis=None)", "number of entries", "arrangements:build_size", static=("axis",), group="shape"),
    ArrayFunction("shape", "shape(x)", "length of each axis", "arrangements:build_shape", group="shape"),
    ArrayFunction("stop_gradient", "stop_gradient(x)", "x, held constant for every derivative", "arrangements:build_stop", group="choice"),
    ArrayFunction("polygamma", "polygamma(n, x)", "n-th derivative of digamma, n a constant", "arrangements:build_polygamma", None, 2, group="special", skip=1),
)  # fmt: skip

BY_NAME: dict[str, ArrayFunction] = {name: f for f in ALL for name in (f.name, *f.aliases)}
