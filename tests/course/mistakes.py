"""Frequent mistakes of students, and other right answers, as edits of solutions."""

CLIPPED = (
    "(-targets * np.log(np.clip(D, 1e-12, 1))"
    " - (1 - targets) * np.log(np.clip(1 - D, 1e-12, 1)))"
)
NOT_STABLE = "np.where(targets > 0, np.log1p(np.exp(logits)) - logits, softplus)"
BACKWARD_BEFORE_THE_FREEZE = (
    "    dfake = D.backward(dlogits, saved)\n    with D.frozen():\n"
)
PRODUCTS = "np.array([row @ W.reshape(-1, K) for row in im2col(x, P, stride)])"
SMALL_STEPS = """def p(A):
        slopes = np.where(x @ A + b1 > 0, 1, SLOPE)
        return gamma / 2 * (((slopes * w2) @ A.T) ** 2).sum(1).mean()
    steps = 1e-5 * np.eye(W1.size).reshape(-1, *W1.shape)
    differences = np.array([p(W1 + h) - p(W1 - h) for h in steps])
    return penalty, differences.reshape(W1.shape) / 2e-5"""
SMALL_STEPS_OF_W2 = """np.array([
    (((slopes * (w2 + h)) @ W1.T) ** 2).sum()
    - (((slopes * (w2 - h)) @ W1.T) ** 2).sum()
    for h in np.eye(len(w2)) / 1e5
]) * gamma / len(x) / 4e-5"""
# For each exercise: part of its solution, what a student may write instead, and part of
# the sentence.
MISTAKES = {
    1: [
        (
            "x.T @ dy,",
            "x.T @ dy / len(x),",
            "dW has the wrong scale: expected the sum over the batch, received",
        ),
        (
            "x.T @ dy,",
            "dy.T @ x,",
            "dW has the wrong shape: expected an array of shape (5, 3), received an "
            "array of",
        ),
        ("dy.sum(0)", "dy", "db has one row an image: expected the sum over the batch"),
        ("dy @ W.T", "-dy @ W.T", "dx has the wrong sign"),
        ("dy @ W.T", "dy @ W", "your code raises ValueError"),
        (", dy.sum(0)", "", "expected 3 values"),
        (
            "dy @ W.T, x.T @ dy",
            "x.T @ dy, dy @ W.T",
            "the order is wrong: expected dx, dW, db, received dW, dx, db",
        ),
    ],
    2: [
        (
            "dy * (1 - y * y)",
            "1 - y * y",
            "dz is the slope alone: expected it multiplied by dy",
        ),
        ("1 - y * y", "1 - y", "dz uses 1 - y"),
        ("1 - y * y", "1 - __import__('numpy').tanh(y) ** 2", "dz applies tanh again"),
        (
            "1 - y * y",
            "y * (1 - y)",
            "dz has the slope of the sigmoid, y (1 - y): expected that of tanh, 1 - y "
            "* y",
        ),
        (
            "1 - y * y",
            "1.0001 - y * y",
            ", which is near: small steps, limits and rounding are not exact",
        ),
        (
            "return",
            "dy *= 1 - y * y; return",
            "tanh_backward changed an array that it received",
        ),
    ],
    3: [
        (
            "* W[..., k]",
            "* W[::-1, ::-1, :, k]",
            "y of convolve_by_loops has a flipped filter",
        ),
        (
            "i * stride : i * stride + P, j * stride : j * stride + P",
            "i : i + P, j : j + P",
            "ignores the stride",
        ),
        (
            "[i : i + P, j : j + P].ravel()",
            "[i : i + P, j : j + P].transpose(2, 0, 1).ravel()",
            "has c before p and q",
        ),
        (
            "            for i in starts\n            for j in starts\n",
            "            for j in starts\n            for i in starts\n",
            "im2col has its rows in the wrong order",
        ),
        (
            "range(0, x.shape[1] - P + 1, stride)",
            "(0, 2, 4)",
            "im2col has the wrong shape",
        ),
        (
            "im2col(x, P, stride) @ W.reshape(-1, K)",
            "convolve_by_loops(x, W, stride)",
            "received no call of im2col",
        ),
        (
            "im2col(x, P, stride) @ W.reshape(-1, K)",
            PRODUCTS,
            "and a call of im2col, received 18 products",
        ),
    ],
    4: [
        (
            "-np.abs(logits)))",
            "np.abs(logits))) - abs(logits)",
            "overflow for a logit of 1000",
        ),
        (
            " / logits.size",
            "",
            "dlogits is the derivative of the summed loss, as in gan.py; here the loss "
            "is the mean, so divide by the number",
        ),
        (".mean()", ".sum()", "loss is a sum: expected the mean"),
        (
            "(softplus - targets * logits)",
            CLIPPED,
            "received 27.63102: D or the logit is clipped",
        ),
        (
            "(softplus - targets * logits)",
            NOT_STABLE,
            "overflow for a logit of 1000 with the target 1",
        ),
        (
            "(softplus - targets * logits).mean()",
            "(softplus - targets * logits).mean() / np.log(2)",
            "loss has logarithms to base 2: expected natural ones",
        ),
        (
            "return float((softplus - targets * logits).mean()), (D - targets) / logits"
            ".size",
            "return (D - targets) / logits.size, (softplus - targets * logits).mean()",
            "the order is wrong: expected loss, dlogits, received dlogits, loss",
        ),
    ],
    5: [
        (
            "m / (1 - beta1**t)\n    mean_square = v / (1 - beta2**t)",
            "m\n    mean_square = v",
            "W is not corrected for the start at 0",
        ),
        (
            "v / (1 - beta2**t)",
            "v",
            "W is not corrected in v: divide v by 1 - beta2^t, too",
        ),
        (
            "m / (1 - beta1**t)",
            "m",
            "W is not corrected in m: divide m by 1 - beta1^t, too",
        ),
        (" + epsilon)", ")", "W lacks epsilon: expected it added to the root"),
        (
            "(np.sqrt(mean_square) + epsilon)",
            "np.sqrt(mean_square + epsilon)",
            "W has epsilon under the root",
        ),
        ("dW**2", "dW", "v averages the gradient: expected its square"),
        (
            "W - learning_rate",
            "W + learning_rate",
            "W moves along the gradient: expected against it",
        ),
        ("(1 - beta1) * dW", "0.5 * dW", "m is wrong"),
        (
            "    mean =",
            "    t -= 1\n    mean =",
            "W uses t - 1 in the correction: t counts from 1, so expected t itself",
        ),
        (
            "    mean = m",
            "    mean = (m - (1 - beta1) * dW) / beta1",
            "W uses the old m: correct the new one",
        ),
        (
            "mean_square = v",
            "mean_square = (v - (1 - beta2) * dW**2) / beta2",
            "W uses the old v: correct the new one",
        ),
        (
            "return W - learning_rate * mean / (np.sqrt(mean_square) + epsilon), m, v",
            "return m, v, W - learning_rate * mean / (np.sqrt(mean_square) + epsilon)",
            "the order is wrong: expected W, m, v, received m, v, W",
        ),
    ],
    6: [
        (
            "    D.zero_grads()\n",
            "",
            "D's gradient contains that of the last update: begin with D.zero_grads()",
        ),
        ("[1.0, 0.0]", "[0.0, 1.0]", "D's gradient belongs to exchanged targets"),
        (
            "    D.backward(dlogits, saved)\n",
            "",
            "D's gradient is zero at adam.step: call D.zero_grads(), then",
        ),
        (
            "    adam.step(learning_rate)\n",
            "",
            "adam.step: expected one call, received 0",
        ),
        ("return loss", "return 2 * loss", "loss is the sum of two means"),
        (
            "return loss",
            "return bce_with_logits(D.forward(saved.x)[0], targets)[0]",
            "loss is that after the update: compute it before adam.step",
        ),
        (
            "return loss",
            "D.trainable = False; return loss",
            "a network is still frozen at the end",
        ),
        (
            "[1.0, 0.0]",
            "[1.0, 1.0]",
            "D's gradient belongs to target 1 for all: expected 0 for drawings",
        ),
        (
            "[1.0, 0.0]",
            "[0.0, 0.0]",
            "D's gradient belongs to target 0 for all: expected 1 for real images",
        ),
        (
            "(logits, targets)",
            "(1 / (1 + np.exp(-logits)), targets)",
            "D's gradient has a sigmoid before the loss",
        ),
        (
            "dlogits, saved)\n",
            "dlogits * (targets == 0), saved)\n",
            "only the part of the drawings",
        ),
        (
            "    D.backward(dlogits, saved)\n    adam",
            "    with D.frozen(): adam",
            "D is frozen, so it does not learn",
        ),
        (
            "(learning_rate)",
            "(2 * learning_rate)",
            "D's new weight is wrong at 0.W[1, 4]: expected",
        ),
    ],
    7: [
        (
            "logits, 1.0",
            "logits, 0.0",
            "belongs to target 0, so G learns to be called fake",
        ),
        (
            "    G.zero_grads()\n",
            "",
            "G's gradient contains that of the last update: begin with G.zero_grads()",
        ),
        (
            "with D.frozen():",
            "if True:",
            "D was not frozen at adam.step: its weights moved",
        ),
        (
            "with D.frozen():",
            "with D.frozen(), G.frozen():",
            "G is frozen, so it does not learn: freeze D alone",
        ),
        (
            "        adam.step",
            "    adam.step",
            "D was not frozen at adam.step: its weights moved",
        ),
        (
            "G.backward(dfake, saved_fake)",
            "G.backward(abs(dfake), saved_fake)",
            "G's gradient is wrong, because G.backward received something else than D."
            "backward returned",
        ),
        (
            "G.backward(dfake, saved_fake)",
            "G.backward(dlogits, saved_fake)",
            "G.backward received something else than D.backward returned: expected G.",
        ),
        (
            "        dfake = D.backward(dlogits, saved)\n        G.backward(dfake,",
            "        G.backward(dlogits,",
            "G's gradient did not go through D: call dfake = D.backward(dlogits,",
        ),
        (
            "return loss",
            "return bce_with_logits(D.forward(G.forward(latents)[0])[0], 1.0)[0]",
            "loss is that after the update: compute it before adam.step",
        ),
        (
            "        G.backward(dfake, saved_fake)\n",
            "",
            "zero at adam.step: call G.zero_grads(), then G.back",
        ),
    ],
    8: [
        (
            "PREDICTED_AFTER_1000 = 50",
            "PREDICTED_AFTER_1000 = 101",
            "PREDICTED_AFTER_1000: expected your prediction, a number from 0 to 100, "
            "received 101",
        ),
        (
            "PREDICTED_AFTER_100 = 0",
            "PREDICTED_AFTER_100 = True",
            "PREDICTED_AFTER_100: expected your prediction, a number from 0 to",
        ),
        (
            "    dfake =",
            "    with D.frozen():\n        dfake =",
            "all while D is not frozen",
        ),
        (
            "    adam.step(",
            "    with D.frozen():\n        adam.step(",
            "D is still frozen: delete `with D.frozen():`",
        ),
    ],
    9: [
        (
            "x @ W1 + b1",
            "x @ W1",
            "penalty ignores b1: the sign is that of z = x W1 + b1",
        ),
        ("dg = gamma", "dg = 2 * gamma", "dW1 is twice as large"),
        (
            ".sum(1).mean()",
            ".sum()",
            "penalty is a sum over the images: expected the mean",
        ),
        (
            "(slopes * (dg @ W1))",
            "(dg @ W1)",
            "dw2 lacks the slopes of the hidden layer",
        ),
        (
            "return float(penalty), dg.T @ delta",
            SMALL_STEPS,
            "dW1 where finite differences fail is wrong at [0, 0]",
        ),
        (
            "(slopes * (dg @ W1)).sum(0)",
            SMALL_STEPS_OF_W2,
            "dw2 where finite differences fail is wrong at [",
        ),
        (
            "delta = slopes * w2",
            "delta = 0 * slopes + w2",
            "penalty ignores the slopes of the hidden layer",
        ),
    ],
    10: [
        (
            "j * stride : j * stride + P] += W",
            "j * stride : j * stride + P] = W",
            "y of convolve_transposed_by_loops is wrong only where patches overlap: "
            "expected their sum there; add by +=",
        ),
        (
            "+= W @ x[n, i, j]",
            "= W[..., -1] * x[n, i, j, -1]",
            "has only the last channel of x: add all by +=",
        ),
        (
            "] += next(rows)",
            "] = next(rows)",
            "the image of col2im is wrong only where patches overlap",
        ),
        (
            "i * stride : i * stride + P, j * stride : j * stride + P",
            "i : i + P, j : j + P",
            "ignores the stride: pixel (i, j) of x adds to the patch that begins at i",
        ),
        (
            "    H = (I - 1) * stride + P\n    y",
            "    H = I * stride + P\n    y",
            "has the wrong size: expected (I - 1) * stride + P, here 7 rows, received",
        ),
        (
            "    H = (I - 1) * stride + P\n    y",
            "    H = I * stride\n    y",
            "are all 7 rows, (I - 1) * stride + P, in y?",
        ),
        (
            "W @ x[n, i, j]",
            "W[::-1, ::-1] @ x[n, i, j]",
            "y of convolve_transposed_by_loops has a flipped filter",
        ),
        (
            "W @ x[n, i, j]",
            "W.swapaxes(2, 3) @ x[n, i, j]",
            "has the channels of W exchanged: expected its last axis, k, for x",
        ),
        (
            "W @ x[n, i, j]",
            "W @ x[n, j, i]",
            "has rows and columns exchanged: i and p count down, j and q across",
        ),
        (
            "W.reshape(-1, K).T",
            "W.reshape(K, -1)",
            "y of convolve_transposed has W reshaped to (K, P * P * C): expected the",
        ),
        ("W.reshape(-1, K).T", "W.reshape(-1, K)", "your code raises ValueError"),
        (
            "range(0, shape[1] - P + 1, stride)",
            "range((shape[1] - P) // stride + 1)",
            "the image of col2im ignores the stride: patches begin at i * stride",
        ),
        (
            "columns.reshape(-1, P, P, shape[3])",
            "np.moveaxis(columns.reshape(-1, shape[3], P, P), 1, 3)",
            "the image of col2im reads c before p and q from a row",
        ),
        (
            "i : i + P, j : j + P] += next",
            "j : j + P, i : i + P] += next",
            "reads the rows in the wrong order: expected from left to right",
        ),
        (
            "return col2im(columns, (N, H, H, C), P, stride)",
            "return convolve_transposed_by_loops(x, W, stride)",
            "received no call of col2im",
        ),
    ],
}

# Exercise, part of its solution, and what is right, too.
OTHER_ANSWERS = [
    (1, "dy @ W.T, x.T @ dy, dy.sum(0)", "[dy @ W.T, x.T @ dy, dy.sum(0)]"),
    (2, "1 - y * y", "1 - (y * y).astype('float32')"),
    (3, "@ W.reshape(-1, K)", "@ W.reshape(-1, K).astype('float32')"),
    (3, "    P, _, _, K =", "    assert np.isfinite(W).all()\n    P, _, _, K ="),
    (
        5,
        "W - learning_rate * mean / (np.sqrt(mean_square) + epsilon)",
        "W - learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)"
        " * m / (np.sqrt(v) + epsilon)",
    ),
    (
        6,
        "    D.backward(dlogits, saved)",
        "    D.backward(dlogits, saved, need_dx=False)",
    ),
    (6, "    return", "    D.zero_grads()\n    return"),
    (7, "    G.zero_grads()\n", "    G.zero_grads()\n    D.zero_grads()\n"),
    (
        7,
        "    with D.frozen():\n        dfake = D.backward(dlogits, saved)\n",
        BACKWARD_BEFORE_THE_FREEZE,
    ),
    (7, "    return", "    G.zero_grads()\n    return"),
    (
        7,
        "G.backward(dfake, saved_fake)",
        "G.backward(dfake, saved_fake, need_dx=False)",
    ),
]
