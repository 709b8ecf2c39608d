//! The catalogue: national outcomes, published indicator sets, area codes, standard populations and the layouts of public files,
//! each entry with its source. Data only: this room hands out the text of its data files and must not know what the text means,
//! how frameworks are merged, or where anything is stored.
//!
//! ```
//! let files = kilter_catalogue::framework("moray-2019").expect("the catalogue has Moray");
//! assert_eq!(files[0].name, "frameworks/moray-2019.toml");
//! assert!(files[0].text.contains(r#"extends = "scotland-core-suite""#), "the caller resolves what it extends");
//!
//! assert!(kilter_catalogue::framework("moray").is_none(), "an id is exact");
//! ```

/// One data file of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFile {
    /// Its path inside the catalogue's data folder, to name in messages: `areas.toml`, `frameworks/moray-2019.toml`.
    pub name: &'static str,
    /// Its text, UTF-8 TOML.
    pub text: &'static str,
}

macro_rules! data_files {
    ($($name:literal),+ $(,)?) => {
        &[$(DataFile { name: $name, text: include_str!(concat!("../data/", $name)) }),+]
    };
}

// The same lists stand in data/frameworks.toml for people; a test keeps the two equal.
const FRAMEWORKS: &[(&str, &[DataFile])] = &[
    (
        "scotland-core-suite",
        data_files![
            "frameworks/scotland-core-suite.toml",
            "areas.toml",
            "areas-archived.toml",
            "outcomes.toml",
            "measures.toml",
            "measures-published.toml",
            "indicators-core-suite.toml",
            "indicators-msg.toml",
            "indicators-lgbf.toml",
            "indicators-open-data.toml",
            "standards.toml",
            "standard-populations.toml",
        ],
    ),
    ("moray-2019", data_files!["frameworks/moray-2019.toml", "indicators-moray.toml"]),
    ("falkirk-2016", data_files!["frameworks/falkirk-2016.toml"]),
    ("clackmannanshire-stirling-2021", data_files!["frameworks/clackmannanshire-stirling-2021.toml"]),
];

macro_rules! profiles {
    ($($id:literal),+ $(,)?) => {
        &[$(($id, include_str!(concat!("../data/profiles/", $id, ".toml")))),+]
    };
}

const PROFILES: &[(&str, &str)] = profiles![
    "phs-delayed-discharge-council",
    "lgbf-adult-social-care",
    "phs-ae-site-month",
    "phs-ae-site-release",
    "phs-care-at-home",
    "phs-beds-quarter",
    "phs-admissions-weekly",
];

/// The ids of the frameworks in the catalogue, the national one first.
///
/// ```
/// assert!(kilter_catalogue::framework_ids().any(|id| id == "scotland-core-suite"));
/// ```
pub fn framework_ids() -> impl Iterator<Item = &'static str> {
    FRAMEWORKS.iter().map(|(id, _)| *id)
}

/// The data files of one framework in the order in which they are merged. The first holds the `[framework]` table; an `extends` in
/// it is left for the caller to resolve. `None` when the catalogue has no framework of exactly this id.
pub fn framework(id: &str) -> Option<Vec<DataFile>> {
    FRAMEWORKS.iter().find(|(known, _)| *known == id).map(|(_, files)| files.to_vec())
}

/// The ids of the profiles in the catalogue.
///
/// ```
/// assert!(kilter_catalogue::profile_ids().any(|id| id == "phs-ae-site-month"));
/// ```
pub fn profile_ids() -> impl Iterator<Item = &'static str> {
    PROFILES.iter().map(|(id, _)| *id)
}

/// The text of one profile: how a published file becomes observations. `None` when the catalogue has no profile of exactly this id.
///
/// ```
/// let text = kilter_catalogue::profile("phs-care-at-home").expect("the catalogue has it");
/// assert!(text.contains("rounded_to = 5"));
/// assert!(kilter_catalogue::profile("phs-care-at-home.toml").is_none(), "an id, not a file name");
/// ```
pub fn profile(id: &str) -> Option<&'static str> {
    PROFILES.iter().find(|(known, _)| *known == id).map(|(_, text)| *text)
}

/// The qualifier signs of the open data and what each does to a value: the text of `qualifiers.toml`.
///
/// Each `[[qualifier]]` has a `letter` and exactly one of `mark`, `absent` and `ignored`. A letter with two meanings has two entries,
/// told apart by `place`: `value` when it stands instead of a number, `qualifier` when it stands beside one.
pub fn qualifiers() -> &'static str {
    include_str!("../data/qualifiers.toml")
}

/// The European Standard Population of 2013: CSV with the columns `age_band` and `weight`, nineteen bands of one sex that add up to
/// 100,000.
///
/// ```
/// assert!(kilter_catalogue::esp2013().starts_with("age_band,weight\n0-4,5000\n"));
/// ```
pub fn esp2013() -> &'static str {
    include_str!("../data/esp2013.csv")
}

/// Where the facts come from: the text of `sources.toml`. Every `source` in the catalogue begins with the `cite` of one of its entries.
pub fn sources() -> &'static str {
    include_str!("../data/sources.toml")
}
