//! Projection methods: what EPSG, GDAL's WKT 1, ESRI's and GeoTIFF call them and their parameters.

use super::model::{Conversion, Ellipsoid, Id, Parameter, Unit, UnitKind};
use crate::geo::keys::GeoKeys;

/// A parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Param {
    /// EPSG's name.
    pub(crate) name: &'static str,
    /// EPSG's number; 0 if it has none.
    pub(crate) epsg: u32,
    /// In GDAL's WKT 1.
    pub(crate) wkt1: &'static str,
    /// In ESRI's WKT 1; "" where the method says it otherwise.
    pub(crate) esri: &'static str,
    /// The geokey that it is written to.
    pub(crate) key: u16,
    pub(crate) kind: UnitKind,
}

impl Param {
    /// Geokeys that it is read from: writers have not agreed on which of the three origins (natural, false, centre) a
    /// method has, and GDAL looks for them in this order.
    pub(crate) fn keys(&self) -> &'static [u16] {
        match self.key {
            3095 => &[3095, 3080, 3084, 3088],
            3080 | 3084 | 3088 => &[3080, 3084, 3088],
            3081 | 3085 | 3089 => &[3081, 3085, 3089],
            3082 | 3086 | 3090 => &[3082, 3086, 3090],
            3083 | 3087 | 3091 => &[3083, 3087, 3091],
            3092 | 3093 => &[3092, 3093],
            3078 => &[3078],
            3079 => &[3079],
            3094 => &[3094],
            3096 => &[3096],
            _ => &[],
        }
    }
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Method {
    /// EPSG's name, or PROJ's where EPSG has none.
    pub(crate) name: &'static str,
    /// EPSG's number; 0 if it has none.
    pub(crate) epsg: u32,
    /// "" where GDAL has none.
    pub(crate) wkt1: &'static str,
    /// "" where ESRI has none.
    pub(crate) esri: &'static str,
    /// The value of geokey 3075; 0 where GeoTIFF has none.
    pub(crate) geotiff: u16,
    pub(crate) parameters: &'static [Param],
}

impl Method {
    /// That of a conversion: by its number, else by its name.
    pub(crate) fn of(conversion: &Conversion) -> Option<&'static Self> {
        conversion.method_number().and_then(Self::by_epsg).or_else(|| Self::by_name(&conversion.method))
    }

    pub(crate) fn id(&self) -> Option<Id> {
        Some(self.epsg).filter(|code| *code != 0).map(Id::epsg)
    }

    pub(crate) fn by_epsg(epsg: u32) -> Option<&'static Self> {
        let epsg = SPHERICAL.iter().find(|(_, sphere)| *sphere == epsg).map_or(epsg, |(own, _)| *own);
        METHODS.iter().find(|method| method.epsg == epsg && epsg != 0)
    }

    /// By the value of geokey 3075, which may be a number of EPSG's too.
    pub(crate) fn by_geotiff(code: u16) -> Option<&'static Self> {
        let own = METHODS.iter().find(|method| method.geotiff == code && code != 0);
        own.or_else(|| Self::by_epsg(u32::from(code)))
    }

    pub(crate) fn by_name(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| same(method.name, name))
    }

    pub(crate) fn by_wkt1(name: &str) -> Option<&'static Self> {
        let name = OTHER_WKT1.iter().find(|(other, _)| same(other, name)).map_or(name, |(_, own)| own);
        METHODS.iter().find(|method| !method.wkt1.is_empty() && same(method.wkt1, name))
    }

    /// The first method that ESRI calls so.
    pub(crate) fn by_esri(name: &str) -> Option<&'static Self> {
        METHODS.iter().find(|method| !method.esri.is_empty() && same(method.esri, name))
    }
}

/// Methods that have a number of their own where the Earth is a sphere.
const SPHERICAL: [(u32, u32); 4] = [(9820, 1027), (9835, 9834), (1028, 1029), (1028, 9823)];

/// The conversion under the name and number that it has on this ellipsoid.
pub(crate) fn on_ellipsoid(mut conversion: Conversion, ellipsoid: &Ellipsoid) -> Conversion {
    let method = conversion.method_number();
    let sphere = SPHERICAL.iter().find(|(own, _)| Some(*own) == method).map(|(_, sphere)| *sphere);
    let Some(sphere) = sphere.filter(|_| ellipsoid.inverse_flattening() == 0.0) else { return conversion };
    conversion.method.push_str(" (Spherical)");
    conversion.method_id = Some(Id::epsg(sphere));
    let is_zero = |p: &Parameter| p.value == 0.0 && p.id.as_ref().and_then(Id::as_epsg) == Some(8801);
    conversion.parameters.retain(|p| sphere != 1029 || !is_zero(p));
    conversion
}

/// Whether two names are the same but for case and the marks between words.
pub(crate) fn same(a: &str, b: &str) -> bool {
    letters(a).eq(letters(b))
}

/// What counts in a name. A plus does: CH1903+ is not CH1903.
pub(crate) fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|c| c.is_alphanumeric() || *c == '+').flat_map(char::to_lowercase)
}

/// Names that WKT 1 files use beside GDAL's.
const OTHER_WKT1: [(&str, &str); 9] = [
    ("Albers", "Albers_Conic_Equal_Area"),
    ("Lambert_Conformal_Conic", "Lambert_Conformal_Conic_2SP"),
    ("Double_Stereographic", "Oblique_Stereographic"),
    ("Plate_Carree", "Equirectangular"),
    ("Equidistant_Cylindrical", "Equirectangular"),
    ("Transverse_Mercator_South_Oriented", "Transverse_Mercator_South_Orientated"),
    ("Cassini", "Cassini_Soldner"),
    ("Van_der_Grinten_I", "VanDerGrinten"),
    ("Mercator_Auxiliary_Sphere", "Popular_Visualisation_Pseudo_Mercator"),
];

const fn param(
    name: &'static str,
    epsg: u32,
    wkt1: &'static str,
    esri: &'static str,
    key: u16,
    kind: UnitKind,
) -> Param {
    Param { name, epsg, wkt1, esri, key, kind }
}

use UnitKind::{Angle, Length, Scale};

const LAT_0: Param =
    param("Latitude of natural origin", 8801, "latitude_of_origin", "Latitude_Of_Origin", 3081, Angle);
const LON_0: Param =
    param("Longitude of natural origin", 8802, "central_meridian", "Central_Meridian", 3080, Angle);
const K_0: Param = param("Scale factor at natural origin", 8805, "scale_factor", "Scale_Factor", 3092, Scale);
const FE: Param = param("False easting", 8806, "false_easting", "False_Easting", 3082, Length);
const FN: Param = param("False northing", 8807, "false_northing", "False_Northing", 3083, Length);
const SP_1: Param = param(
    "Latitude of 1st standard parallel",
    8823,
    "standard_parallel_1",
    "Standard_Parallel_1",
    3078,
    Angle,
);
const SP_2: Param = param(
    "Latitude of 2nd standard parallel",
    8824,
    "standard_parallel_2",
    "Standard_Parallel_2",
    3079,
    Angle,
);
/// At the false origin.
const LAT_F: Param =
    param("Latitude of false origin", 8821, "latitude_of_origin", "Latitude_Of_Origin", 3085, Angle);
const LON_F: Param =
    param("Longitude of false origin", 8822, "central_meridian", "Central_Meridian", 3084, Angle);
const E_F: Param = param("Easting at false origin", 8826, "false_easting", "False_Easting", 3086, Length);
const N_F: Param = param("Northing at false origin", 8827, "false_northing", "False_Northing", 3087, Length);
/// At the centre of projection.
const LAT_C: Param =
    param("Latitude of projection centre", 8811, "latitude_of_center", "Latitude_Of_Center", 3089, Angle);
const LON_C: Param =
    param("Longitude of projection centre", 8812, "longitude_of_center", "Longitude_Of_Center", 3088, Angle);
const AZIMUTH: Param = param("Azimuth at projection centre", 8813, "azimuth", "Azimuth", 3094, Angle);
const GRID_ANGLE: Param = param(
    "Angle from Rectified to Skew Grid",
    8814,
    "rectified_grid_angle",
    "XY_Plane_Rotation",
    3096,
    Angle,
);
const K_C: Param =
    param("Scale factor at projection centre", 8815, "scale_factor", "Scale_Factor", 3093, Scale);
const E_C: Param =
    param("Easting at projection centre", 8816, "false_easting", "False_Easting", 3090, Length);
const N_C: Param =
    param("Northing at projection centre", 8817, "false_northing", "False_Northing", 3091, Length);
const TRUE_SCALE: Param =
    param("Latitude of true scale", 0, "latitude_of_origin", "Latitude_Of_Origin", 0, Angle);
const HEIGHT: Param = param("Satellite Height", 0, "satellite_height", "Height", 0, Length);

/// The same parameter under another name in WKT 1, or in another key.
const fn as_center(own: Param, wkt1: &'static str, key: u16) -> Param {
    Param { wkt1, key, ..own }
}
const LAT_CENTER: Param = as_center(LAT_0, "latitude_of_center", 3089);
const LON_CENTER: Param = as_center(LON_0, "longitude_of_center", 3088);

macro_rules! methods {
    ($($epsg:literal $geotiff:literal $name:literal $wkt1:literal $esri:literal [$($param:expr),+];)+) => {
        &[$(Method {
            name: $name, epsg: $epsg, wkt1: $wkt1, esri: $esri, geotiff: $geotiff, parameters: &[$($param),+],
        }),+]
    };
}

/// Every method that GeoTIFF has a value for and PROJ can compute, and those that WKT 1 names beside them.
const METHODS: &[Method] = methods! {
    9807 1 "Transverse Mercator" "Transverse_Mercator" "Transverse_Mercator" [LAT_0, LON_0, K_0, FE, FN];
    9808 27 "Transverse Mercator (South Orientated)" "Transverse_Mercator_South_Orientated" ""
        [LAT_0, LON_0, K_0, FE, FN];
    9812 3 "Hotine Oblique Mercator (variant A)" "Hotine_Oblique_Mercator"
        "Hotine_Oblique_Mercator_Azimuth_Natural_Origin" [LAT_C, LON_C, AZIMUTH, GRID_ANGLE, K_C, FE, FN];
    9815 9815 "Hotine Oblique Mercator (variant B)" "Hotine_Oblique_Mercator_Azimuth_Center"
        "Hotine_Oblique_Mercator_Azimuth_Center" [LAT_C, LON_C, AZIMUTH, GRID_ANGLE, K_C, E_C, N_C];
    9813 4 "Laborde Oblique Mercator" "Laborde_Oblique_Mercator" "" [LAT_C, LON_C, AZIMUTH, K_C, FE, FN];
    9804 7 "Mercator (variant A)" "Mercator_1SP" "" [LAT_0, LON_0, K_0, FE, FN];
    9805 0 "Mercator (variant B)" "Mercator_2SP" "Mercator" [SP_1, LON_0, FE, FN];
    1024 0 "Popular Visualisation Pseudo Mercator" "Popular_Visualisation_Pseudo_Mercator"
        "Mercator_Auxiliary_Sphere" [LAT_0, LON_0, FE, FN];
    9802 8 "Lambert Conic Conformal (2SP)" "Lambert_Conformal_Conic_2SP" "Lambert_Conformal_Conic"
        [SP_1, SP_2, LAT_F, LON_F, E_F, N_F];
    9803 0 "Lambert Conic Conformal (2SP Belgium)" "Lambert_Conformal_Conic_2SP_Belgium" ""
        [SP_1, SP_2, LAT_F, LON_F, E_F, N_F];
    9801 9 "Lambert Conic Conformal (1SP)" "Lambert_Conformal_Conic_1SP" "" [LAT_0, LON_0, K_0, FE, FN];
    9820 10 "Lambert Azimuthal Equal Area" "Lambert_Azimuthal_Equal_Area" "Lambert_Azimuthal_Equal_Area"
        [LAT_CENTER, LON_CENTER, FE, FN];
    9822 11 "Albers Equal Area" "Albers_Conic_Equal_Area" "Albers" [
        SP_1, SP_2, as_center(LAT_F, "latitude_of_center", 3081), as_center(LON_F, "longitude_of_center", 3080),
        as_center(E_F, "false_easting", 3082), as_center(N_F, "false_northing", 3083)];
    1125 12 "Azimuthal Equidistant" "Azimuthal_Equidistant" "Azimuthal_Equidistant"
        [LAT_CENTER, LON_CENTER, FE, FN];
    1119 13 "Equidistant Conic" "Equidistant_Conic" "Equidistant_Conic" [
        as_center(LAT_F, "latitude_of_center", 3081), as_center(LON_F, "longitude_of_center", 3080), SP_1, SP_2,
        as_center(E_F, "false_easting", 3082), as_center(N_F, "false_northing", 3083)];
    0 14 "Stereographic" "Stereographic" "Stereographic"
        [as_center(LAT_0, "latitude_of_origin", 3089), as_center(LON_0, "central_meridian", 3088), K_0, FE, FN];
    9810 15 "Polar Stereographic (variant A)" "Polar_Stereographic" ""
        [LAT_0, as_center(LON_0, "central_meridian", 3095), K_0, FE, FN];
    9829 0 "Polar Stereographic (variant B)" "Polar_Stereographic_Variant_B" "" [
        param("Latitude of standard parallel", 8832, "latitude_of_origin", "Standard_Parallel_1", 3081, Angle),
        param("Longitude of origin", 8833, "central_meridian", "Central_Meridian", 3095, Angle), FE, FN];
    9809 16 "Oblique Stereographic" "Oblique_Stereographic" "Double_Stereographic" [LAT_0, LON_0, K_0, FE, FN];
    1028 17 "Equidistant Cylindrical" "Equirectangular" "Equidistant_Cylindrical" [
        SP_1, as_center(LAT_0, "latitude_of_origin", 3089), as_center(LON_0, "central_meridian", 3088), FE, FN];
    9806 18 "Cassini-Soldner" "Cassini_Soldner" "Cassini" [LAT_0, LON_0, FE, FN];
    0 19 "Gnomonic" "Gnomonic" "Gnomonic" [
        Param { esri: "Latitude_Of_Center", key: 3089, ..LAT_0 },
        Param { esri: "Longitude_Of_Center", key: 3088, ..LON_0 }, FE, FN];
    0 20 "Miller Cylindrical" "Miller_Cylindrical" "Miller_Cylindrical" [LON_CENTER, FE, FN];
    9840 21 "Orthographic" "Orthographic" "Orthographic"
        [as_center(LAT_0, "latitude_of_origin", 3089), as_center(LON_0, "central_meridian", 3088), FE, FN];
    9818 22 "American Polyconic" "Polyconic" "Polyconic" [LAT_0, LON_0, FE, FN];
    0 23 "Robinson" "Robinson" "Robinson" [LON_CENTER, FE, FN];
    0 24 "Sinusoidal" "Sinusoidal" "Sinusoidal" [LON_CENTER, FE, FN];
    0 25 "Van Der Grinten" "VanDerGrinten" "Van_der_Grinten_I"
        [as_center(LON_0, "central_meridian", 3088), FE, FN];
    9811 26 "New Zealand Map Grid" "New_Zealand_Map_Grid" "New_Zealand_Map_Grid"
        [LAT_0, Param { esri: "Longitude_Of_Origin", ..LON_0 }, FE, FN];
    9835 28 "Lambert Cylindrical Equal Area" "Cylindrical_Equal_Area" "Cylindrical_Equal_Area"
        [SP_1, LON_0, FE, FN];
    9819 0 "Krovak" "Krovak" "" [LAT_C, KROVAK_LON, CONE, PSEUDO_SP, PSEUDO_K, FE, FN];
    1041 0 "Krovak (North Orientated)" "Krovak" "Krovak" [LAT_C, KROVAK_LON, CONE, PSEUDO_SP, PSEUDO_K, FE, FN];
    0 0 "Mollweide" "Mollweide" "Mollweide" [LON_0, FE, FN];
    0 0 "Geostationary Satellite (Sweep Y)" "Geostationary_Satellite" "Geostationary_Satellite"
        [Param { esri: "Longitude_Of_Center", ..LON_0 }, HEIGHT, FE, FN];
    0 0 "Geostationary Satellite (Sweep X)" "Geostationary_Satellite_Sweep_X" ""
        [Param { esri: "Longitude_Of_Center", ..LON_0 }, HEIGHT, FE, FN];
    9827 0 "Bonne" "Bonne" "Bonne"
        [Param { wkt1: "standard_parallel_1", esri: "Standard_Parallel_1", ..LAT_0 }, LON_0, FE, FN];
    0 0 "Eckert I" "Eckert_I" "Eckert_I" [LON_0, FE, FN];
    0 0 "Eckert II" "Eckert_II" "Eckert_II" [LON_0, FE, FN];
    0 0 "Eckert III" "Eckert_III" "Eckert_III" [LON_0, FE, FN];
    0 0 "Eckert IV" "Eckert_IV" "Eckert_IV" [LON_0, FE, FN];
    0 0 "Eckert V" "Eckert_V" "Eckert_V" [LON_0, FE, FN];
    0 0 "Eckert VI" "Eckert_VI" "Eckert_VI" [LON_0, FE, FN];
    0 0 "Gall Stereographic" "Gall_Stereographic" "Gall_Stereographic" [LON_0, FE, FN];
    0 0 "Goode Homolosine" "Goode_Homolosine" "Goode_Homolosine" [LON_0, FE, FN];
    0 0 "Interrupted Goode Homolosine" "Interrupted_Goode_Homolosine" "" [LON_0, FE, FN];
    0 0 "Interrupted Goode Homolosine Ocean" "" "" [LON_0, FE, FN];
    1078 0 "Equal Earth" "" "Equal_Earth" [LON_0, FE, FN];
    0 0 "Wagner I" "Wagner_I" "Wagner_I" [LON_0, FE, FN];
    0 0 "Wagner II" "Wagner_II" "Wagner_II" [LON_0, FE, FN];
    0 0 "Wagner III" "Wagner_III" "Wagner_III" [TRUE_SCALE, LON_0, FE, FN];
    0 0 "Wagner IV" "Wagner_IV" "Wagner_IV" [LON_0, FE, FN];
    0 0 "Wagner V" "Wagner_V" "Wagner_V" [LON_0, FE, FN];
    0 0 "Wagner VI" "Wagner_VI" "Wagner_VI" [LON_0, FE, FN];
    0 0 "Wagner VII" "Wagner_VII" "Wagner_VII" [LON_0, FE, FN];
    0 0 "Natural Earth II" "Natural_Earth_II" "Natural_Earth_II" [LON_0, FE, FN];
    0 0 "Winkel I" "Winkel_I" "Winkel_I" [LON_0, SP_1, FE, FN];
    0 0 "Winkel II" "Winkel_II" "Winkel_II" [LON_0, SP_1, FE, FN];
    0 0 "Compact Miller" "Compact_Miller" "Compact_Miller" [LON_0, FE, FN];
    0 0 "Times" "Times" "Times" [LON_0, FE, FN];
    0 0 "Flat Polar Quartic" "Flat_Polar_Quartic" "Flat_Polar_Quartic" [LON_0, FE, FN];
    0 0 "Craster Parabolic" "Craster_Parabolic" "Craster_Parabolic" [LON_0, FE, FN];
    0 0 "Two Point Equidistant" "Two_Point_Equidistant" "Two_Point_Equidistant" [
        param("Latitude of 1st point", 0, "Latitude_Of_1st_Point", "Latitude_Of_1st_Point", 0, Angle),
        param("Longitude of 1st point", 0, "Longitude_Of_1st_Point", "Longitude_Of_1st_Point", 0, Angle),
        param("Latitude of 2nd point", 0, "Latitude_Of_2nd_Point", "Latitude_Of_2nd_Point", 0, Angle),
        param("Longitude of 2nd point", 0, "Longitude_Of_2nd_Point", "Longitude_Of_2nd_Point", 0, Angle), FE, FN];
    0 0 "Winkel Tripel" "Winkel_Tripel" "Winkel_Tripel" [LON_0, SP_1, FE, FN];
    0 0 "Aitoff" "Aitoff" "Aitoff" [LON_0, FE, FN];
    0 0 "Loximuthal" "Loximuthal" "Loximuthal" [Param { esri: "Central_Parallel", ..LAT_0 }, LON_0, FE, FN];
    0 0 "Quartic Authalic" "Quartic_Authalic" "Quartic_Authalic" [LON_0, FE, FN];
    0 0 "Natural Earth" "Natural_Earth" "Natural_Earth" [LON_0, FE, FN];
    0 0 "Patterson" "Patterson" "Patterson" [LON_0, FE, FN];
    9816 0 "Tunisia Mining Grid" "Tunisia_Mining_Grid" "" [LAT_F, LON_F, E_F, N_F];
};

const KROVAK_LON: Param =
    param("Longitude of origin", 8833, "longitude_of_center", "Longitude_Of_Center", 3088, Angle);
const CONE: Param = param("Co-latitude of cone axis", 1036, "azimuth", "Azimuth", 3094, Angle);
const PSEUDO_SP: Param = param(
    "Latitude of pseudo standard parallel",
    8818,
    "pseudo_standard_parallel_1",
    "Pseudo_Standard_Parallel_1",
    3078,
    Angle,
);
const PSEUDO_K: Param =
    param("Scale factor on pseudo standard parallel", 8819, "scale_factor", "Scale_Factor", 3093, Scale);

impl Param {
    /// The parameter with a value, in these units if it is an angle or a length.
    pub(crate) fn with(&self, value: f64, angle: &Unit, length: &Unit) -> Parameter {
        let unit = match self.kind {
            Angle => angle.clone(),
            Length => length.clone(),
            Scale => Unit::unity(),
        };
        Parameter { name: self.name.to_owned(), value, unit, id: self.id() }
    }

    pub(crate) fn id(&self) -> Option<Id> {
        Some(self.epsg).filter(|code| *code != 0).map(Id::epsg)
    }
}

/// The number of the first of these keys that has one.
pub(super) fn first_number(keys: &GeoKeys, candidates: &[u16]) -> Option<f64> {
    candidates.iter().find_map(|key| keys.number(*key))
}
