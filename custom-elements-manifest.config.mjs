/** Leaves out what is not public, points paths at the built files, and gives each element its CSS states. */
const tidy = {
  name: 'tidy',
  // the analyzer leaves out the types of what async methods give
  analyzePhase({ts, node, moduleDoc}) {
    if (!ts.isMethodDeclaration(node) || !node.type || !ts.isClassDeclaration(node.parent)) return;
    const owner = moduleDoc.declarations?.find((d) => d.name === node.parent.name?.getText());
    const member = owner?.members?.find((m) => m.kind === 'method' && m.name === node.name.getText());
    if (member) member.return = {...member.return, type: {text: node.type.getText()}};
  },
  packageLinkPhase({customElementsManifest: manifest}) {
    const built = (path) => path?.replace(/^\/?(\.\/)?src\//, 'dist/').replace(/\.ts$/, '.js');
    manifest.modules = manifest.modules.filter(({path}) => /^src\/([\w-]+\.ts|elements\/)/.test(path));
    manifest.modules.sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const module of manifest.modules) {
      module.path = built(module.path);
      for (const e of module.exports ?? []) if (e.declaration?.module) e.declaration.module = built(e.declaration.module);
      module.declarations = module.declarations?.filter((d) => d.kind !== 'variable');
      for (const d of module.declarations ?? []) {
        // a member of its own by a private name, or one that lit calls
        d.members = d.members?.filter((m) => !/^(private|protected)$/.test(m.privacy) && !m.name.startsWith('#') && !LIT.has(m.name));
        d.events = d.events?.filter((e) => e.description);
        for (const m of d.members ?? []) if (m.inheritedFrom) delete m.inheritedFrom;
      }
    }
  },
};

const LIT = new Set(['styles', 'observedAttributes', 'attributeChangedCallback', 'requestUpdate', 'createRenderRoot', 'disconnectedCallback', 'connectedCallback', 'willUpdate', 'updated', 'render']);

export default {globs: ['src/**/*.ts'], outdir: '.', litelement: true, plugins: [tidy]};
