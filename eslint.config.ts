import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import tseslint from "typescript-eslint";

const banned = (name: string, reason: string) => ({ name, message: reason });

export default defineConfig(
  globalIgnores([
    "node_modules",
    "artifacts",
    "cache",
    "types",
    "coverage",
    ".quorate",
    "build",
    "fetchers/*/build",
    "**/generated/**",
  ]),
  {
    files: ["**/*.ts"],
    ignores: ["sdk/guest/**", "fetchers/**"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      "max-lines": ["error", { max: 300, skipComments: true, skipBlankLines: true }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
      "max-params": ["error", 3],
      "no-restricted-exports": ["error", { restrictDefaultExports: { direct: true, named: true } }],
      "no-restricted-syntax": [
        "error",
        { selector: "TSEnumDeclaration", message: "Use a union of literals: enums are not erasable." },
        { selector: "TSModuleDeclaration[kind='namespace']", message: "Namespaces are not erasable." },
        { selector: "TSParameterProperty", message: "Parameter properties are not erasable." },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
  {
    files: ["core/**/*.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        banned("Date", "core has no clock: take `now`."),
        banned("performance", "core has no clock: take `now`."),
      ],
      "no-restricted-properties": [
        "error",
        { object: "Math", property: "random", message: "core has no randomness: take it as input." },
      ],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "max-lines": ["error", { max: 500, skipComments: true, skipBlankLines: true }],
      "max-lines-per-function": "off",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["describe", "it", "test", "before", "after"] },
          ],
        },
      ],
      "@typescript-eslint/no-unused-expressions": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  { files: ["**/*.config.ts", "scripts/deploy/**/*.ts"], rules: { "no-restricted-exports": "off" } },
  { files: ["**/*.mjs"], languageOptions: { globals: globals.node } },
);
