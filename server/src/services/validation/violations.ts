import {
  echo,
  everyLimit,
  largestValue,
  longestLength,
  matching,
  oneOf,
  shortestLength,
  smallestValue,
} from './constraint-messages.ts';
import type { Constraints, ListShape, MapShape, Shape, SimpleShape, StructureShape } from './constraints.ts';

/** One broken limit of a request. */
export interface Violation {
  /** The model's name of the member, or of the list or map that holds the value. */
  readonly member: string;
  /** `missing`: a required value, or the content of a list that may not be empty. */
  readonly kind: 'missing' | 'invalid' | 'tooMany';
  /** The value is an item of a list, or a key or value of a map, named by `member`. */
  readonly isElement: boolean;
  /** In AWS's words: Value 'a b' at 'userName' failed to satisfy constraint: Member must … */
  readonly message: string;
}

/** More violations than this are not looked for: a request may hold millions of items. */
const mostViolations = 20;

/** Every limit that the input of an operation breaks, in the model's order, at most {@link mostViolations}. */
export function violationsOf(constraints: Constraints, operationName: string, input: object): Violation[] {
  const shapeName = constraints.inputs[operationName];
  if (shapeName === undefined) return [];
  const search = new Search(constraints);
  search.visit(shapeName, input, { member: '', path: '' });
  return search.found;
}

interface Place {
  readonly member: string;
  /** Of the message: tags.1.member.key */
  readonly path: string;
}

class Search {
  readonly found: Violation[] = [];
  readonly #shapes: Readonly<Record<string, Shape>>;

  constructor(constraints: Constraints) {
    this.#shapes = constraints.shapes;
  }

  visit(shapeName: string, value: unknown, place: Place): void {
    const shape = this.#shapes[shapeName];
    if (shape?.type === 'structure') this.#visitStructure(shape, value as Readonly<Record<string, unknown>>, place);
    else if (shape?.type === 'list') this.#visitList(shape, value as readonly unknown[], place);
    else if (shape?.type === 'map') this.#visitMap(shape, value as Readonly<Record<string, unknown>>, place);
    else if (shape !== undefined) {
      const shown = shape.sensitive ? undefined : value;
      for (const failure of failuresOf(shape, value)) this.#add('invalid', place, shown, failure);
    }
  }

  #visitStructure(shape: StructureShape, structure: Readonly<Record<string, unknown>>, { path }: Place): void {
    for (const [member, target] of Object.entries(shape.members)) {
      if (this.#isFull()) return;
      const place = { member, path: joined(path, lowerFirst(member)) };
      const value = structure[member];
      if (value !== undefined && value !== null) this.visit(target, value, place);
      else if (shape.required?.includes(member)) this.#add('missing', place, null, 'Member must not be null');
    }
  }

  #visitList(shape: ListShape, list: readonly unknown[], place: Place): void {
    this.#checkSize(shape, list.length, list, place);
    const item = shape.item === undefined ? undefined : this.#shapes[shape.item];
    if (shape.item === undefined || item === undefined) return;
    if (isSimple(item)) {
      this.#checkElements(item, list, list, place, 'Member must satisfy constraint');
      return;
    }
    for (const [index, value] of list.entries()) {
      if (this.#isFull()) return;
      this.visit(shape.item, value, { member: place.member, path: joined(place.path, `${index + 1}.member`) });
    }
  }

  /** Maps of all four services have simple keys and values. */
  #visitMap(shape: MapShape, map: Readonly<Record<string, unknown>>, place: Place): void {
    this.#checkSize(shape, Object.keys(map).length, map, place);
    const [key, value] = [shape.key, shape.value].map((name) => (name === undefined ? undefined : this.#shapes[name]));
    if (key !== undefined && isSimple(key)) {
      this.#checkElements(key, Object.keys(map), map, place, 'Map keys must satisfy constraint');
    }
    if (value !== undefined && isSimple(value)) {
      this.#checkElements(value, Object.values(map), map, place, 'Map value must satisfy constraint');
    }
  }

  #checkSize(shape: ListShape | MapShape, size: number, value: unknown, place: Place): void {
    if (shape.max !== undefined && size > shape.max) this.#add('tooMany', place, value, longestLength(shape.max));
    if (shape.min !== undefined && size < shape.min) {
      this.#add(size === 0 ? 'missing' : 'invalid', place, value, shortestLength(shape.min));
    }
  }

  /** AWS reports simple elements once for the whole list or map, with every limit that they have. */
  #checkElements(shape: SimpleShape, elements: readonly unknown[], whole: unknown, place: Place, rule: string): void {
    if (elements.every((element) => failuresOf(shape, element).length === 0)) return;
    this.#add('invalid', place, shape.sensitive ? undefined : whole, `${rule}: ${everyLimit(shape)}`, true);
  }

  #add(kind: Violation['kind'], place: Place, value: unknown, constraint: string, isElement = false): void {
    const message = `Value${echo(value)} at '${place.path}' failed to satisfy constraint: ${constraint}`;
    this.found.push({ member: place.member, kind, isElement, message });
  }

  #isFull(): boolean {
    return this.found.length >= mostViolations;
  }
}

function isSimple(shape: Shape): shape is SimpleShape {
  return shape.type === 'string' || shape.type === 'number' || shape.type === 'blob';
}

function failuresOf(shape: SimpleShape, value: unknown): string[] {
  if (typeof value === 'number') return rangeFailures(shape, value);
  if (value instanceof Uint8Array) return lengthFailures(shape, value.byteLength);
  return typeof value === 'string' ? textFailures(shape, value) : [];
}

function textFailures(shape: SimpleShape, value: string): string[] {
  const failures = lengthFailures(shape, value.length);
  // A pattern is tried on values of allowed length only, so that no request can make it run long.
  const isTooLong = shape.max !== undefined && value.length > shape.max;
  if (shape.pattern !== undefined && !isTooLong && !expressionOf(shape.expression ?? shape.pattern).test(value)) {
    failures.push(matching(shape.pattern));
  }
  if (shape.enum !== undefined && !shape.enum.includes(value)) failures.push(oneOf(shape.enum));
  return failures;
}

function lengthFailures({ min, max }: SimpleShape, length: number): string[] {
  if (max !== undefined && length > max) return [longestLength(max)];
  return min !== undefined && length < min ? [shortestLength(min)] : [];
}

function rangeFailures({ min, max }: SimpleShape, value: number): string[] {
  if (max !== undefined && value > max) return [largestValue(max)];
  return min !== undefined && value < min ? [smallestValue(min)] : [];
}

const expressions = new Map<string, RegExp>();

function expressionOf(source: string): RegExp {
  let expression = expressions.get(source);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${source})$`, 'u');
    expressions.set(source, expression);
  }
  return expression;
}

function joined(path: string, step: string): string {
  return path === '' ? step : `${path}.${step}`;
}

/** AWS names members in messages with a small first letter: sSHPublicKeyId. */
function lowerFirst(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
