"""NumPy's linear algebra on recorded matrices and stacks of them: NumPy's values, and differences for derivatives."""

import numpy as np
import pytest
from numeric_gradients import Function, check, functions_seen, missing_here

from gradcli import Tape, Variable
from gradcli.recording.numpy_decompositions import DECOMPOSITIONS
from gradcli.recording.numpy_linalg import LINEAR_ALGEBRA

A = np.array([[0.3, -1.2, 0.7, 2.1], [1.4, 0.2, -0.6, 0.9], [-0.8, 1.1, 0.5, -1.7]])
V = np.array([0.4, -1.3, 0.8])
S = np.array([[1.55, 0.5, -0.3], [0.2, -1.7, 0.1], [0.9, 0.4, 1.8]])
STACK = np.stack([S, S.T + 0.35])


def definite(x: np.ndarray) -> np.ndarray:
    """Positive definite matrices that depend on x."""
    return x @ np.swapaxes(x, -1, -2) + np.eye(3)


CASES: dict[str, tuple[Function, np.ndarray]] = {
    "products of stacks": (lambda x: np.matmul(x, S) @ x + np.matmul(S, x) * (x @ V)[..., None], STACK),
    "dot of stacks": (lambda x: np.dot(x, S) * np.dot(x, V)[..., None] + np.dot(x, x)[0, :, 1] * np.dot(2.0, x), STACK),
    "inner": (lambda x: np.inner(x, S) ** 2 + np.inner(x, 2.0), STACK),
    "tensordot": (
        lambda x: np.tensordot(x, x, axes=([0, 1], [0, 1])) * np.sum(np.tensordot(x, S, axes=2) ** 2),
        STACK,
    ),
    "matvec": (lambda x: np.matvec(x, V) ** 2 + np.vecmat(V, x) * np.vecmat(x[0], S)[:2], STACK),
    "triangles": (lambda x: np.tril(x) @ np.triu(x, 1) + np.triu(x[0], -1) * np.tril(x[1], 1), STACK),
    "inv": (lambda x: np.linalg.inv(x) @ np.linalg.inv(x[0]), STACK),
    "solve": (
        lambda x: np.linalg.solve(x, S[None]) * np.linalg.solve(S[None], x) * np.linalg.solve(x, S @ x),
        STACK,
    ),
    "solve for the right side": (lambda x: np.linalg.solve(STACK, x[None]) * np.linalg.solve(S, x) * x, S),
    "NumPy 2: solve for a vector": (lambda x: np.linalg.solve(x, x[0, 0]) ** 2 + np.linalg.solve(x[1], V), STACK),
    "NumPy 2: solve for a matrix": (lambda x: np.linalg.solve(STACK, x) * np.linalg.solve(STACK, x[0])[:, None], S),
    "det and slogdet": (
        lambda x: np.linalg.det(x) * np.linalg.slogdet(x)[1] + np.linalg.slogdet(x[0]).sign * np.linalg.det(x[1]),
        STACK,
    ),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, 2) + np.linalg.matrix_power(x, -1), STACK),
    "cholesky": (
        lambda x: np.linalg.cholesky(definite(x)) @ np.swapaxes(np.linalg.cholesky(definite(x)[0]), 0, 1),
        STACK,
    ),
    "pinv": (lambda x: np.linalg.pinv(x[:, :2]) ** 2, STACK),
    "norms of vectors": (
        lambda x: np.linalg.norm(x, 3, axis=1) * np.linalg.norm(x[:, 0], -np.inf) * np.linalg.norm(x[0], 1.5)
        * np.linalg.norm(x, -1, 1),
        A,
    ),
    "norms of matrices": (
        lambda x: np.linalg.norm(x, 1) * np.linalg.norm(x, -1) * np.linalg.norm(x, np.inf) * np.linalg.norm(x, -np.inf)
        + np.linalg.norm(x, 1, keepdims=True) * np.linalg.norm(x, axis=(1, 0)),
        A,
    ),
    "norms of stacks": (lambda x: np.linalg.norm(x, np.inf, (1, 2)) * np.linalg.norm(x, "fro", (0, 2))[0], STACK),
    "multi_dot": (lambda x: np.linalg.multi_dot([V, x, S, x]) ** 2, S),
}  # fmt: skip
DECOMPOSED: dict[str, tuple[Function, np.ndarray]] = {
    "eigh": (
        lambda x: np.linalg.eigh(x)[0][:, None] * np.linalg.eigh(x).eigenvectors ** 2 + np.linalg.eigh(x)[1] * S,
        STACK,
    ),
    "eigh of the upper triangle": (lambda x: np.linalg.eigh(x, "U").eigenvalues @ np.linalg.eigh(x, "U")[1], S),
    "eigvalsh": (lambda x: np.linalg.eigvalsh(x) ** 2 * np.linalg.eigvalsh(x, "U"), STACK),
    "svd": (lambda x: np.linalg.svd(x)[1][:, None] * np.linalg.svd(x).U ** 2 * np.linalg.svd(x).Vh ** 3, STACK),
    "svd of tall and wide ones": (
        lambda x: np.linalg.svd(x, full_matrices=False)[0][:, :2] ** 3
        + np.linalg.svd(x.T, False).Vh.T[:, 1:] ** 2 * np.linalg.svd(x, compute_uv=False)[0],
        A.T,
    ),
    "svd of wide ones": (lambda x: np.linalg.svd(x, full_matrices=False).Vh ** 3 * V[:, None], A),
    "qr": (lambda x: np.linalg.qr(x).Q ** 2 @ np.linalg.qr(x)[1] ** 2, STACK),
    "qr of a tall one": (lambda x: np.linalg.qr(x)[0] ** 3 * V + np.linalg.qr(x).R[0] ** 2, A.T),
    "cond and norms": (
        lambda x: np.linalg.cond(x) * np.linalg.norm(x, 2, (1, 2)) + np.linalg.norm(x, "nuc", (1, 2), True)[0, 0]
        + np.linalg.norm(x[0], -2) ** 2,
        STACK,
    ),
}  # fmt: skip
if hasattr(np.linalg, "svdvals"):  # from NumPy 2 on
    DECOMPOSED["svdvals"] = (lambda x: np.linalg.svdvals(x) ** 3, STACK)
if hasattr(np.linalg, "vector_norm"):  # from NumPy 2 on
    CASES |= {
        "cholesky of the upper triangle": (lambda x: np.linalg.cholesky(definite(x), upper=True) * x, STACK),
        "the array API's norms": (
            lambda x: (
                np.linalg.vector_norm(x) * np.linalg.vector_norm(x, axis=1, ord=1)[:, 0] * np.linalg.matrix_norm(x)
                + np.linalg.vector_norm(x, keepdims=True) * np.linalg.matrix_norm(x, ord=1, keepdims=True)
            ),
            STACK,
        ),
        "the array API's products": (
            lambda x: (
                np.linalg.matmul(x, S)
                * np.linalg.tensordot(x, S)[:, None, None]
                * np.linalg.vecdot(x, S)[..., None]
                * np.linalg.outer(x[0, 0], V)
                + np.linalg.cross(x, S, axis=1) * np.linalg.matrix_transpose(x)
            ),
            STACK,
        ),
        "the array API's diagonals": (lambda x: np.linalg.diagonal(x, offset=1).T * np.linalg.trace(x) ** 2, STACK),
    }


@pytest.mark.parametrize("name", CASES)
def test_matrices(name: str) -> None:
    if missing_here(name):
        pytest.skip(f"this NumPy has no {name}")
    check(*CASES[name])


@pytest.mark.parametrize("name", DECOMPOSED)
def test_decompositions(name: str) -> None:
    check(*DECOMPOSED[name])


def test_every_function_is_in_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(LINEAR_ALGEBRA) | set(DECOMPOSITIONS) <= functions_seen(CASES | DECOMPOSED, monkeypatch)


def test_equal_eigenvalues_leave_what_has_a_derivative() -> None:
    x = Variable(np.diag([2.0, 2.0, 5.0]))
    with Tape(persistent=True) as tape:
        w, v = np.linalg.eigh(x)
        total, vectors = np.sum(w**3), np.sum(v[:, 0] * V)
    np.testing.assert_allclose(tape.gradient(total, x).numpy(), np.diag([12.0, 12.0, 75.0]))
    assert not np.isfinite(tape.gradient(vectors, x).numpy()).all()  # they could be any two of the plane


UNSUPPORTED: dict[str, tuple[Function, str]] = {
    "an inner product of other axes": (lambda x: np.matmul(x, x, axes=[(0, 1), (0, 1), (0, 1)]), r"np\.matmul called"),
    "counting": (lambda x: np.linalg.norm(x[0], 0), r"np\.linalg\.norm called like this \(ord=0\)"),
    "a cut-off": (lambda x: np.linalg.pinv(x, rcond=1e-3), r"np\.linalg\.pinv called like this"),
    "the rest of a basis": (lambda x: np.linalg.svd(x[:2]), "not square"),
    "a complete factor": (lambda x: np.linalg.qr(x, "complete"), r"np\.linalg\.qr called like this"),
    "eigenvalues that may be complex": (lambda x: np.linalg.eig(x), r"np\.linalg\.eig is not recorded"),
    "no matrices": (lambda x: np.linalg.inv(x[None][:0]), "stack of no matrices"),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_would_lose_a_gradient_is_refused(name: str) -> None:
    function, message = UNSUPPORTED[name]
    with Tape(), pytest.raises(TypeError, match=message):
        function(Variable(S))


def test_stacks_that_numpy_refuses_are_its_own_errors() -> None:
    singular = np.stack([np.eye(2), np.ones((2, 2))])
    with Tape():
        for refused in (np.linalg.inv, lambda x: np.linalg.solve(x, np.eye(2)), lambda x: np.linalg.cholesky(-x)):
            with pytest.raises(np.linalg.LinAlgError):
                refused(Variable(singular))
        with pytest.raises(np.linalg.LinAlgError, match="square"):
            np.linalg.det(Variable(np.ones((2, 2, 3))))
