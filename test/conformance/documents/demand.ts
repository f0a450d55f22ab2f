/** One demand of a document, in our own words, and how this package meets it. */
export interface Demand {
  readonly section: string;
  readonly demand: string;
  /** How it is met; for another way, why; for an open one, what is missing. */
  readonly how: string;
  readonly status: "met" | "another way" | "open";
  /** File and title of the test that holds it; the title is that of a test, a group or a row. */
  readonly test?: { readonly file: string; readonly title: string };
  /** Page that meets a demand for documentation. */
  readonly page?: string;
}

export interface SourceDocument {
  readonly title: string;
  readonly introduction: string;
  readonly demands: readonly Demand[];
}

type Entry = Omit<Demand, "section">;

export const met = (demand: string, how: string, file: string, title: string): Entry => ({
  demand,
  how,
  status: "met",
  test: { file, title },
});

/** A demand for documentation: the page is what is demanded. */
export const documented = (demand: string, page: string, how: string): Entry => ({
  demand,
  how,
  status: "met",
  page,
});

/** Done differently on purpose. */
export const anotherWay = (demand: string, why: string): Entry => ({
  demand,
  how: why,
  status: "another way",
});

export const section = (name: string, ...entries: readonly Entry[]): Demand[] =>
  entries.map((entry) => ({ section: name, ...entry }));
