import { GetFileCommand } from '@aws-sdk/client-codecommit';
import { type AnchorHTMLAttributes, type ImgHTMLAttributes, isValidElement, type ReactNode } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize from 'rehype-sanitize';
import rehypeSlug from 'rehype-slug';
import remarkGfm from 'remark-gfm';
import { useCodeCommit } from '../../api/codecommit.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { visibleText } from '../../elements/visible-text.ts';
import { codePath } from './code-addresses.ts';
import { CodeLines } from './code-lines.tsx';
import { dataUrl, imageType, linesOf } from './file-content.ts';
import { languageNamed } from './languages.ts';
import { repositoryTarget } from './repository-links.ts';

interface MarkdownProps {
  readonly text: string;
  readonly name: string;
  /** Where links lead to. */
  readonly specifier: string;
  /** Where images are from. */
  readonly commitId: string;
  /** Where the file is; links are relative to it. */
  readonly folder: string;
}

/** Before every id and name that a document gives, so that it cannot take one of the page's. */
const ID_PREFIX = 'user-content-';
/** Longer documents are not laid out, in characters. */
const MOST_RENDERED = 500_000;

/** A Markdown file of the repository: without scripts, styles, forms and frames, whatever it holds. */
export default function Markdown({ text, ...place }: MarkdownProps) {
  if (text.length > MOST_RENDERED)
    return <CodeLines name="Markdown source" lines={linesOf(text)} language={undefined} />;
  return (
    <div className="markdown">
      <ReactMarkdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[rehypeRaw, rehypeSanitize, [rehypeSlug, { prefix: ID_PREFIX }]]}
        components={componentsFor(place)}
      >
        {visibleText(text)}
      </ReactMarkdown>
    </div>
  );
}

type Place = Omit<MarkdownProps, 'text'>;

function componentsFor(place: Place): Components {
  return {
    a: ({ href, children, id }) => (
      <DocumentLink href={href} id={id} {...place}>
        {children}
      </DocumentLink>
    ),
    img: ({ src, alt }) => <DocumentImage src={src} alt={alt} {...place} />,
    // Of lists of tasks: no other is let through.
    input: ({ checked }) => (
      <input
        type="checkbox"
        checked={checked === true}
        disabled
        aria-label={checked === true ? 'Done' : 'To do'}
        readOnly
      />
    ),
    pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
    table: ({ children }) => (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
      <section className="wide-table" aria-label="Table" tabIndex={0}>
        <table>{children}</table>
      </section>
    ),
    // The page has a heading of the first level, and the box that this is in one of the second.
    h1: ({ id, children }) => <h3 {...headingOf(id, 1)}>{children}</h3>,
    h2: ({ id, children }) => <h4 {...headingOf(id, 2)}>{children}</h4>,
    h3: ({ id, children }) => <h5 {...headingOf(id, 3)}>{children}</h5>,
    h4: ({ id, children }) => <h6 {...headingOf(id, 4)}>{children}</h6>,
    h5: ({ id, children }) => <h6 {...headingOf(id, 5)}>{children}</h6>,
    h6: ({ id, children }) => <h6 {...headingOf(id, 6)}>{children}</h6>,
  };
}

function headingOf(id: string | undefined, level: number) {
  return { id, className: `heading-${level}` };
}

type DocumentLinkProps = Place & Pick<AnchorHTMLAttributes<HTMLAnchorElement>, 'href' | 'id' | 'children'>;

function DocumentLink({ href = '', id, children, name, specifier, folder }: DocumentLinkProps) {
  if (href === '') return <span id={id}>{children}</span>;
  const target = repositoryTarget(href, folder);
  if (target === undefined) {
    return (
      <a id={id} href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    );
  }
  if (href.startsWith('#')) {
    const { fragment } = target;
    const anchor = fragment.startsWith(ID_PREFIX) ? fragment : ID_PREFIX + fragment;
    return (
      <a
        id={id}
        href={href}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById(anchor)?.scrollIntoView();
        }}
      >
        {children}
      </a>
    );
  }
  return <AppLink to={codePath(name, 'browse', { specifier, path: target.path })}>{children}</AppLink>;
}

type DocumentImageProps = Place & Pick<ImgHTMLAttributes<HTMLImageElement>, 'src' | 'alt'>;

/** An image of the repository; of others a link, because the page loads nothing from elsewhere. */
function DocumentImage({ src = '', alt = '', name, commitId, folder }: DocumentImageProps) {
  const target = typeof src === 'string' ? repositoryTarget(src, folder) : undefined;
  if (target === undefined || typeof src !== 'string') {
    return (
      <a href={String(src)} target="_blank" rel="noopener noreferrer nofollow">
        {alt === '' ? 'Image' : alt}
      </a>
    );
  }
  return <RepositoryImage name={name} commitId={commitId} path={target.path} alt={alt} />;
}

interface RepositoryImageProps {
  readonly name: string;
  readonly commitId: string;
  readonly path: string;
  readonly alt: string;
}

function RepositoryImage({ name, commitId, path, alt }: RepositoryImageProps) {
  const client = useCodeCommit();
  const mediaType = imageType(path);
  const { data, error } = useRead(
    ['codecommit', 'GetFile', name, commitId, path],
    () => client.send(new GetFileCommand({ repositoryName: name, commitSpecifier: commitId, filePath: path })),
    { enabled: mediaType !== undefined },
  );
  if (mediaType === undefined || error !== null) return <span title={error?.message}>{alt === '' ? path : alt}</span>;
  if (data === undefined) return <span>{alt}</span>;
  return <img src={dataUrl(data.fileContent ?? new Uint8Array(), mediaType)} alt={alt} />;
}

/** A block of code, highlighted if it names a language. */
function CodeBlock({ children }: { readonly children?: ReactNode }) {
  const code = isValidElement<{ className?: string; children?: ReactNode }>(children) ? children.props : {};
  const text = typeof code.children === 'string' ? code.children : '';
  const language = /(?:^| )language-(\S+)/.exec(code.className ?? '')?.[1] ?? '';
  if (text === '') return <pre>{children}</pre>;
  return <CodeLines name="Code" lines={linesOf(text)} language={languageNamed(language)} />;
}
