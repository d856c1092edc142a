/**
 * Tensors and matrices of numbers that share one block of memory.
 *
 * @typedef {Float32Array|Float64Array} Numbers
 * @typedef {{data: Numbers, shape: number[]}} Tensor
 * @typedef {{data: Numbers, rows: number, columns: number, row: number, step: number}}
 * Matrix
 *   row: the distance in numbers from one row to the next; step: from one column to the
 *   next
 */

const ALIGNED = 64; // bytes; a cache line

/** Memory for arrays. It never grows, because growing would detach the arrays. */
export class Memory {
  used = 0; // bytes

  /**
   * @param {ArrayBuffer} buffer
   * @param {Float32ArrayConstructor|Float64ArrayConstructor} Type
   * @param {(A: Matrix, B: Matrix, C: Matrix, add: boolean) => void} multiply from
   *   products.js
   */
  constructor(buffer, Type, multiply) {
    this.buffer = buffer;
    this.Type = Type;
    this.multiply = multiply;
  }

  /** Allocate an array of zeros after the last one. @returns {Tensor} */
  array(...shape) {
    const count = shape.reduce((a, b) => a * b, 1);
    const end = this.used + count * this.Type.BYTES_PER_ELEMENT;
    if (end > this.buffer.byteLength) {
      throw new Error(
        `The memory of ${this.buffer.byteLength} bytes is full: ${end} are needed.`,
      );
    }
    const data = new this.Type(this.buffer, this.used, count).fill(0);
    this.used = Math.ceil(end / ALIGNED) * ALIGNED;
    return { data, shape };
  }

  /** Allocate an array with a copy of `values`. @returns {Tensor} */
  copy(values, ...shape) {
    const tensor = this.array(...shape);
    tensor.data.set(values);
    return tensor;
  }

  /** Free all arrays allocated since `used` had the value `mark`. */
  release(mark) {
    this.used = mark;
  }

  /**
   * Return the result of `act`, and free the arrays that it allocated.
   * @template T
   * @param {() => T} act
   */
  freeing(act) {
    const { used } = this;
    const result = act();
    this.release(used);
    return result;
  }

  /** Return A B. @param {Matrix} A @param {Matrix} B @returns {Tensor} */
  product(A, B) {
    const C = this.array(A.rows, B.columns);
    this.multiply(A, B.step === 1 ? B : this.ordered(B), matrix(C), false);
    return C;
  }

  /** Copy a matrix to contiguous rows. @param {Matrix} B @returns {Matrix} */
  ordered({ data, rows, columns, row, step }) {
    const copy = this.array(rows, columns);
    for (let r = 0, to = 0; r < rows; r++) {
      for (let k = 0; k < columns; k++) copy.data[to++] = data[r * row + k * step];
    }
    return matrix(copy);
  }
}

/**
 * View a tensor as a matrix: the last axis becomes the columns, the others the rows.
 * @param {Tensor} tensor
 * @returns {Matrix}
 */
export function matrix({ data, shape }) {
  const columns = shape.at(-1);
  return { data, rows: data.length / columns, columns, row: columns, step: 1 };
}

/** View a matrix with rows and columns swapped. @param {Matrix} A @returns {Matrix} */
export function transposed({ data, rows, columns, row, step }) {
  return { data, rows: columns, columns: rows, row: step, step: row };
}

export const reshaped = ({ data }, ...shape) => ({ data, shape });
