"""Right answers as learners write them, by exercise.

Each has NumPy as np, and bce_with_logits.
"""

RIGHT = {
    1: [
        """
def dense_backward(x, W, dy):
    dx, dW = np.zeros(x.shape), np.zeros(W.shape)
    db = np.zeros(W.shape[1])
    for n in range(len(x)):
        dx[n] = W @ dy[n]
        dW += np.outer(x[n], dy[n])
        db += dy[n]
    return dx, dW, db
""",
        """
def dense_backward(x, W, dy):
    dx = np.einsum("nk,ck->nc", dy, W)
    dW = np.einsum("nc,nk->ck", x, dy)
    return dx, dW, np.einsum("nk->k", dy)
""",
        """
def dense_backward(x, W, dy):
    dW = [[sum(x[n][c] * dy[n][k] for n in range(len(x)))
           for k in range(W.shape[1])] for c in range(W.shape[0])]
    return np.dot(dy, np.transpose(W)), np.array(dW), np.ones(len(dy)) @ dy
""",
        """
def dense_backward(x, W, dy):
    x, W, dy = (a.astype(np.float64) for a in (x, W, dy))
    return dy.dot(W.T), (dy.T @ x).T, np.sum(dy, axis=0, keepdims=False)
""",
        """
def dense_backward(*args):
    x, W, dy = args
    return np.matmul(dy, W.T), np.tensordot(x, dy, axes=(0, 0)), np.add.reduce(dy)
""",
    ],
    2: [
        "tanh_backward = lambda y, dy: dy - dy * y**2",
        "def tanh_backward(y, dy): return dy * (1 + y) * (1 - y)",
        """
def tanh_backward(y, dy):
    z = np.arctanh(y)
    return dy / np.cosh(z) ** 2
""",
        """
def tanh_backward(y, dy):
    dz = dy.copy()
    dz *= 1 - np.square(y)
    return dz
""",
        """
def tanh_backward(y, dy):
    dz = np.empty_like(y)
    for n in range(y.shape[0]):
        for k in range(y.shape[1]):
            dz[n, k] = dy[n, k] * (1 - y[n, k] ** 2)
    return dz
""",
    ],
    3: [
        """
def convolve_by_loops(x, W, stride):
    N, H, _, C = x.shape
    P, K = W.shape[0], W.shape[-1]
    I = (H - P) // stride + 1
    y = np.zeros((N, I, I, K))
    for i in range(I):
        for j in range(I):
            for p in range(P):
                for q in range(P):
                    y[:, i, j] += x[:, i * stride + p, j * stride + q] @ W[p, q]
    return y
def im2col(x, P, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, (P, P), axis=(1, 2))
    windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(-1, P * P * x.shape[3])
def convolve(x, W, stride):
    I = (x.shape[1] - W.shape[0]) // stride + 1
    y = np.dot(im2col(x, W.shape[0], stride), W.reshape((-1, W.shape[3])))
    return y.reshape(x.shape[0], I, I, -1)
""",
        """
def convolve_by_loops(x, W, stride):
    P = W.shape[0]
    starts = np.arange(0, x.shape[1] - P + 1, stride)
    return np.stack([np.stack([
        np.einsum("npqc,pqck->nk", x[:, i : i + P, j : j + P], W)
        for j in starts], 1) for i in starts], 1)
def im2col(x, P, stride):
    rows = []
    n = 0
    while n < len(x):
        i = 0
        while i + P <= x.shape[1]:
            j = 0
            while j + P <= x.shape[2]:
                rows.append(x[n, i:i+P, j:j+P, :].flatten())
                j += stride
            i += stride
        n += 1
    return np.vstack(rows)
def convolve(x, W, stride):
    assert W.ndim == 4 and np.isfinite(W).all()
    columns = im2col(x, P=len(W), stride=stride)
    filters = np.concatenate([W[..., k].reshape(-1, 1) for k in range(W.shape[3])], 1)
    I = int((len(columns) // len(x)) ** 0.5)
    return np.einsum("ab,bk->ak", columns, filters).reshape(len(x), I, I, W.shape[3])
""",
        """
def convolve_by_loops(x, W, stride):
    P = W.shape[0]
    I = (x.shape[1] - P) // stride + 1
    y = np.empty((x.shape[0], I, I, W.shape[3]))
    for n in range(x.shape[0]):
        for i in range(I):
            for j in range(I):
                patch = x[n, i*stride:i*stride+P, j*stride:j*stride+P]
                for k in range(W.shape[3]):
                    total = 0.0
                    for p in range(P):
                        for q in range(P):
                            for c in range(W.shape[2]):
                                total += patch[p, q, c] * W[p, q, c, k]
                    y[n, i, j, k] = total
    return y
def im2col(x, P, stride):
    I = (x.shape[1] - P) // stride + 1
    columns = np.zeros((len(x), I, I, P, P, x.shape[3]))
    for p in range(P):
        for q in range(P):
            end_p, end_q = p + stride * I, q + stride * I
            columns[:, :, :, p, q] = x[:, p:end_p:stride, q:end_q:stride]
    return columns.reshape(len(x) * I * I, -1)
def convolve(x, W, stride):
    y = im2col(x, W.shape[0], stride).astype("float64") @ W.reshape(-1, W.shape[3])
    I = (x.shape[1] - W.shape[0]) // stride + 1
    return y.reshape([len(x), I, I, y.shape[1]])
""",
    ],
    4: [
        """
def bce_with_logits(logits, targets):
    loss = np.mean(np.logaddexp(0, logits) - targets * logits)
    D = np.exp(-np.logaddexp(0, -logits))
    return loss, (D - targets) / len(logits)
""",
        """
def bce_with_logits(logits, targets):
    total, slopes = 0.0, np.zeros_like(logits)
    for n in range(len(logits)):
        r, t = float(logits[n, 0]), float(targets[n, 0])
        e = np.exp(-abs(r))
        D = 1 / (1 + e) if r >= 0 else e / (1 + e)
        total += max(r, 0) + np.log1p(e) - t * r
        slopes[n, 0] = D - t
    return total / len(logits), slopes / len(logits)
""",
        """
def bce_with_logits(logits, targets):
    real = np.logaddexp(0, -logits)  # -log D
    fake = np.logaddexp(0, logits)   # -log(1 - D)
    losses = targets * real + (1 - targets) * fake
    D = 0.5 * (1 + np.tanh(0.5 * logits))
    return float(losses.sum() / losses.size), (D - targets) / losses.size
""",
        """
def bce_with_logits(logits, targets):
    e = np.exp(-np.abs(logits))
    D = np.where(logits >= 0, 1, e) / (1 + e)
    loss = np.where(logits > 0, logits, 0) - logits * targets + np.log(1 + e)
    return loss.mean(), np.multiply(D - targets, 1 / logits.shape[0])
""",
        """
def bce_with_logits(logits, targets):
    with np.errstate(over="ignore"):
        D = 1 / (1 + np.exp(-logits))
    losses = np.maximum(logits, 0) - targets * logits + np.log1p(np.exp(-abs(logits)))
    return losses.mean(), (D - targets) / len(targets)
""",
    ],
    5: [
        """
def adam_step(W, dW, m, v, t, learning_rate, beta1, beta2, epsilon):
    new_m = m + (1 - beta1) * (dW - m)
    new_v = v + (1 - beta2) * (dW * dW - v)
    m_hat, v_hat = new_m / (1 - beta1**t), new_v / (1 - beta2**t)
    return W - learning_rate * m_hat / (v_hat**0.5 + epsilon), new_m, new_v
""",
        """
def adam_step(W, dW, m, v, t, learning_rate, beta1, beta2, epsilon):
    W, m, v = W.copy(), m.copy(), v.copy()
    m *= beta1
    m += (1 - beta1) * dW
    v *= beta2
    v += (1 - beta2) * np.square(dW)
    alpha = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    W -= alpha * m / (np.sqrt(v) + epsilon)
    return W, m, v
""",
        """
def adam_step(W, dW, m, v, t, learning_rate, beta1, beta2, epsilon):
    out = [np.zeros_like(W) for _ in range(3)]
    for i in np.ndindex(W.shape):
        a = out[1][i] = beta1 * m[i] + (1 - beta1) * dW[i]
        b = out[2][i] = beta2 * v[i] + (1 - beta2) * dW[i] ** 2
        a, b = a / (1 - pow(beta1, t)), b / (1 - pow(beta2, t))
        out[0][i] = W[i] - learning_rate * a / (b ** .5 + epsilon)
    return out
""",
        """
def adam_step(W, dW, m, v, t, learning_rate, beta1, beta2, epsilon):
    m = np.average([m, dW], axis=0, weights=[beta1, 1 - beta1])
    v = np.average([v, dW**2], axis=0, weights=[beta2, 1 - beta2])
    root = np.sqrt(v) / np.sqrt(1 - beta2**t)
    return (W - learning_rate / (1 - beta1**t) * m / (root + epsilon), m, v)
""",
    ],
    6: [
        """
def update_discriminator(D, adam, real, fake, learning_rate):
    D.zero_grads()
    images = np.concatenate((real, fake), axis=0)
    targets = np.vstack([np.ones((len(real), 1)), np.zeros((len(fake), 1))])
    logits, saved = D.forward(images)
    loss, dlogits = bce_with_logits(logits, targets)
    D.backward(dlogits, saved)
    adam.step(learning_rate=learning_rate)
    return loss
""",
        """
def update_discriminator(D, adam, real, fake, learning_rate):
    D.zero_grads()
    r, saved_real = D.forward(real)
    f, saved_fake = D.forward(fake)
    loss_real, dr = bce_with_logits(r, np.ones_like(r))
    loss_fake, df = bce_with_logits(f, np.zeros_like(f))
    D.backward(dr / 2, saved_real)
    D.backward(df / 2, saved_fake)
    adam.step(learning_rate)
    return (loss_real + loss_fake) / 2
""",
        """
def update_discriminator(D, adam, real, fake, learning_rate):
    N = real.shape[0]
    logits, saved = D.forward(np.vstack([fake, real]))
    targets = np.zeros((2 * N, 1)); targets[N:] = 1
    result = bce_with_logits(logits, targets)
    D.zero_grads()
    D.backward(result[1], saved, need_dx=False)
    adam.step(learning_rate)
    return float(result[0])
""",
        """
def update_discriminator(D, adam, real, fake, learning_rate):
    logits, saved = D.forward(np.r_[real, fake])
    t = np.array([[1.0]] * len(real) + [[0.0]] * len(fake))
    p = 1 / (1 + np.exp(-logits))
    loss = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    D.zero_grads()
    D.backward((p - t) / len(t), saved)
    adam.step(learning_rate)
    return loss
""",
    ],
    7: [
        """
def update_generator(G, D, adam, latents, learning_rate):
    with D.frozen():
        fake, saved_G = G.forward(latents)
        logits, saved_D = D.forward(fake)
        loss, dlogits = bce_with_logits(logits, np.ones_like(logits))
        G.zero_grads()
        G.backward(D.backward(dlogits, saved_D), saved_G)
        adam.step(learning_rate)
        return loss
""",
        """
from nnet.sequential import Sequential
def update_generator(G, D, adam, latents, learning_rate):
    both = Sequential(G, D)
    both.zero_grads()
    logits, saved = both.forward(latents)
    loss, dlogits = bce_with_logits(logits, 1)
    with D.frozen():
        both.backward(dlogits, saved)
        adam.step(learning_rate)
    return loss
""",
        """
def update_generator(G, D, adam, latents, learning_rate):
    for network in (G, D):
        network.zero_grads()
    x, sx = G.forward(latents)
    r, sr = D.forward(x)
    loss, dr = bce_with_logits(r, np.full((len(latents), 1), 1.0))
    dx = D.backward(dr, sr)
    G.backward(dx, sx)
    with D.frozen():
        adam.step(learning_rate)
    D.zero_grads()
    return loss
""",
        """
def update_generator(G, D, adam, latents, learning_rate):
    D.trainable = False
    G.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    loss, dlogits = np.logaddexp(0, -logits).mean(), None
    dlogits = -1 / (1 + np.exp(logits)) / len(logits)
    G.backward(D.backward(dlogits, saved), saved_fake)
    adam.step(learning_rate)
    D.trainable = True
    return loss
""",
    ],
    8: [
        """
PREDICTED_AFTER_100, PREDICTED_AFTER_1000 = 12.5, 0
def update_generator(G, D, adam, latents, learning_rate):
    D.zero_grads()
    G.zero_grads()
    fake, saved_fake = G.forward(latents)
    logits, saved = D.forward(fake)
    loss, dlogits = bce_with_logits(logits, np.ones_like(logits))
    G.backward(D.backward(dlogits, saved), saved_fake)
    adam.step(learning_rate)
    return loss
""",
        """
from nnet.sequential import Sequential
PREDICTED_AFTER_100 = np.int64(100)
PREDICTED_AFTER_1000 = np.float32(1)
def update_generator(G, D, adam, latents, learning_rate):
    both = Sequential(G, D)
    both.zero_grads()
    logits, saved = both.forward(latents)
    loss, dlogits = bce_with_logits(logits, 1.0)
    both.backward(dlogits, saved, need_dx=False)
    adam.step(learning_rate)
    return loss
""",
    ],
    9: [
        """
SLOPE = 0.2
def r1(x, W1, b1, w2, gamma):
    z = x @ W1 + b1
    s = np.ones_like(z)
    s[z <= 0] = SLOPE
    g = np.einsum("nk,k,ck->nc", s, w2, W1)
    penalty = gamma / 2 * np.mean(np.sum(g**2, axis=1))
    dg = g * gamma / len(x)
    return penalty, np.einsum("nc,nk,k->ck", dg, s, w2), np.einsum(
        "nc,nk,ck->k", dg, s, W1)
""",
        """
SLOPE = 0.2
def r1(x, W1, b1, w2, gamma):
    penalty, dW1, dw2 = 0.0, np.zeros_like(W1), np.zeros_like(w2)
    for one in x:
        s = np.where(one @ W1 + b1 > 0, 1.0, SLOPE)
        g = W1 @ (s * w2)
        penalty += gamma / 2 / len(x) * (g @ g)
        dW1 += gamma / len(x) * np.outer(g, s * w2)
        dw2 += gamma / len(x) * s * (W1.T @ g)
    return penalty, dW1, dw2
""",
        """
SLOPE = 0.2
def r1(x, W1, b1, w2, gamma):
    N = x.shape[0]
    s = SLOPE + (1 - SLOPE) * (x.dot(W1) + b1 > 0)
    delta = s * w2[None]
    g = delta.dot(W1.T)
    penalty = gamma * np.linalg.norm(g) ** 2 / (2 * N)
    dW1 = (delta.T @ g).T * gamma / N
    return penalty, dW1, np.sum(s * (g @ W1), 0) * gamma / N
""",
    ],
    10: [
        """
def convolve_transposed_by_loops(x, W, stride):
    N, I, _, K = x.shape
    P, _, C, _ = W.shape
    H = stride * (I - 1) + P
    y = np.zeros((N, H, H, C))
    for n in range(N):
        for i in range(I):
            for j in range(I):
                for k in range(K):
                    y[n, i*stride:i*stride+P, j*stride:j*stride+P] += (
                        x[n, i, j, k] * W[:, :, :, k])
    return y
def col2im(columns, shape, P, stride):
    N, H, _, C = shape
    I = (H - P) // stride + 1
    squares = columns.reshape(N, I, I, P, P, C)
    image = np.zeros(shape)
    for p in range(P):
        for q in range(P):
            image[:, p:p+stride*I:stride, q:q+stride*I:stride] += squares[..., p, q, :]
    return image
def convolve_transposed(x, W, stride):
    N, I, _, K = x.shape
    P, C = W.shape[0], W.shape[2]
    H = (I - 1) * stride + P
    columns = np.dot(x.reshape(N * I * I, K), W.reshape(P * P * C, K).transpose())
    return col2im(columns, shape=(N, H, H, C), P=P, stride=stride)
""",
        """
def convolve_transposed_by_loops(x, W, stride):
    P = len(W)
    H = (x.shape[1] - 1) * stride + P
    y = np.zeros((len(x), H, H, W.shape[2]))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            a, b = i * stride, j * stride
            y[:, a:a+P, b:b+P, :] += np.einsum("nk,pqck->npqc", x[:, i, j], W)
    return y
def col2im(columns, shape, P, stride):
    places = np.arange(np.prod(shape)).reshape(shape)
    windows = np.lib.stride_tricks.sliding_window_view(places, (P, P), (1, 2))
    order = np.moveaxis(windows[:, ::stride, ::stride], 3, 5).ravel()
    image = np.zeros(np.prod(shape))
    np.add.at(image, order, columns.ravel())
    return image.reshape(shape)
def convolve_transposed(x, W, stride):
    P, _, C, K = W.shape
    H = (x.shape[1] - 1) * stride + P
    columns = np.tensordot(x, W, axes=(3, 3)).reshape(-1, P * P * C)
    return col2im(columns, [len(x), H, H, C], P, stride)
""",
        """
def convolve_transposed_by_loops(x, W, stride):
    N, I, J, K = x.shape
    P, Q, C, K = W.shape
    y = np.zeros((N, (I - 1) * stride + P, (J - 1) * stride + Q, C))
    for n, i, j, p, q in np.ndindex(N, I, J, P, Q):
        y[n, i * stride + p, j * stride + q] += W[p, q].dot(x[n, i, j])
    return y
def col2im(columns, shape, P, stride):
    image = np.zeros(shape)
    I = (shape[1] - P) // stride + 1
    for row in range(len(columns)):
        n, rest = divmod(row, I * I)
        i, j = divmod(rest, I)
        patch = columns[row].reshape((P, P, shape[3]))
        i, j = i * stride, j * stride
        image[n, i:i+P, j:j+P] = image[n, i:i+P, j:j+P] + patch
    return image
def convolve_transposed(x, W, stride):
    assert np.isfinite(W).all()
    P, _, C, K = W.shape
    side = (x.shape[1] - 1) * stride + P
    rows = x.reshape(-1, K) @ np.moveaxis(W, 3, 0).reshape(K, -1)
    return col2im(rows, (x.shape[0], side, side, C), P, stride)
""",
    ],
}
