/** Returns the value at x and writes the whole gradient. NaN or ±inf means that x must not be visited. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;
