/** The most recently used things of a kind, up to a number of them. */
export class Recent<K, V> {
  readonly #capacity: number;
  readonly #drop: (value: V) => void;
  readonly #kept = new Map<K, V>();

  /** Keeps `capacity` things; `drop` is called with each one that has to go. */
  constructor(capacity: number, drop: (value: V) => void = () => undefined) {
    this.#capacity = capacity;
    this.#drop = drop;
  }

  /** The thing called `key`, made when it is not there. A promise that fails is not kept. */
  get(key: K, make: () => V): V {
    const known = this.#kept.get(key);
    const value = known ?? make();
    // A Map remembers the order of insertion: taken out and put in again, this one is the newest.
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (value instanceof Promise) value.catch(() => this.#kept.get(key) === value && this.#kept.delete(key));
    if (this.#kept.size > this.#capacity) {
      const [oldest] = this.#kept as Iterable<[K, V]>;
      if (oldest) {
        this.#kept.delete(oldest[0]);
        this.#drop(oldest[1]);
      }
    }
    return value;
  }

  /** Forgets a thing without dropping it, so that it is made again. */
  forget(key: K): void {
    this.#kept.delete(key);
  }

  /** Drops everything. */
  clear(): void {
    for (const value of this.#kept.values()) this.#drop(value);
    this.#kept.clear();
  }
}
