/** A limit of a service's model on one shape. Lengths are of UTF-16 units, items, entries or bytes. */
export type Shape = StructureShape | ListShape | MapShape | SimpleShape;

export interface StructureShape {
  readonly type: 'structure';
  readonly required?: readonly string[];
  /** Members that are required or limited, in the model's order; an empty name: no limits beyond being required. */
  readonly members: Readonly<Record<string, string>>;
}

export interface ListShape {
  readonly type: 'list';
  readonly min?: number;
  readonly max?: number;
  readonly item?: string;
}

export interface MapShape {
  readonly type: 'map';
  readonly min?: number;
  readonly max?: number;
  readonly key?: string;
  readonly value?: string;
}

export interface SimpleShape {
  readonly type: 'string' | 'number' | 'blob';
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
  /** As AWS writes it, for messages. It must match the whole value. */
  readonly pattern?: string;
  /** The pattern for JavaScript's `u` flag where it differs. */
  readonly expression?: string;
  /** The value must not appear in a message. */
  readonly sensitive?: boolean;
}

export interface Constraints {
  /** Operation name to the shape of its input; absent: nothing to check. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Of a service that has an exception of its own for each member. */
export interface ConstraintsWithExceptions extends Constraints {
  /** Operation name to those of its exceptions that refuse an input. */
  readonly exceptions: Readonly<Record<string, readonly string[]>>;
  /** The first sentence of each exception's documentation. */
  readonly sentences: Readonly<Record<string, string>>;
}
