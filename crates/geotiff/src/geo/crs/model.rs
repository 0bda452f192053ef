//! What a CRS is made of (ISO 19111), as plain data.

/// Who numbers a thing, and under what: `EPSG`, `32633`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Id {
    pub(crate) authority: String,
    pub(crate) code: String,
}

impl Id {
    pub(crate) fn epsg(code: u32) -> Self {
        Self { authority: "EPSG".to_owned(), code: code.to_string() }
    }

    /// The code, if it is EPSG's.
    pub(crate) fn as_epsg(&self) -> Option<u32> {
        if self.authority.eq_ignore_ascii_case("EPSG") { self.code.parse().ok() } else { None }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum UnitKind {
    Length,
    Angle,
    Scale,
}

impl UnitKind {
    /// What a parameter is that nobody gives.
    pub(crate) fn neutral(self) -> f64 {
        if self == Self::Scale { 1.0 } else { 0.0 }
    }
}

/// A unit, by its size in metres, radians or ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    pub(crate) name: String,
    pub(crate) kind: UnitKind,
    pub(crate) factor: f64,
    pub(crate) id: Option<Id>,
}

/// A degree in radians, with the digits that EPSG gives.
pub(crate) const DEGREE: f64 = 0.017_453_292_519_943_3;

impl Unit {
    fn new(name: &str, kind: UnitKind, factor: f64, epsg: u32) -> Self {
        Self { name: name.to_owned(), kind, factor, id: Some(Id::epsg(epsg)) }
    }

    pub(crate) fn metre() -> Self {
        Self::new("metre", UnitKind::Length, 1.0, 9001)
    }

    pub(crate) fn degree() -> Self {
        Self::new("degree", UnitKind::Angle, DEGREE, 9122)
    }

    pub(crate) fn unity() -> Self {
        Self::new("unity", UnitKind::Scale, 1.0, 9201)
    }

    /// A value in this unit, in another.
    pub(crate) fn convert(&self, value: f64, to: &Self) -> f64 {
        if self.factor == to.factor { value } else { value * self.factor / to.factor }
    }

    /// A unit without a number.
    pub(crate) fn named(name: &str, kind: UnitKind, factor: f64) -> Self {
        Self { name: name.to_owned(), kind, factor, id: None }
    }
}

/// How an ellipsoid is flattened, as it was given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// 0 is a sphere.
    InverseFlattening(f64),
    /// In the unit of the other axis.
    #[cfg_attr(not(feature = "epsg"), allow(dead_code, reason = "the registry alone gives it"))]
    SemiMinor(f64),
}

/// What has a name of ESRI's beside EPSG's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Ellipsoid,
    GeodeticDatum,
    VerticalDatum,
    GeodeticCrs,
    ProjectedCrs,
    VerticalCrs,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ellipsoid {
    pub(crate) name: String,
    pub(crate) semi_major: f64,
    pub(crate) shape: Shape,
    pub(crate) unit: Unit,
    pub(crate) id: Option<Id>,
}

impl Ellipsoid {
    /// In metres.
    pub(crate) fn semi_major_metres(&self) -> f64 {
        self.semi_major * self.unit.factor
    }

    /// 0 for a sphere.
    pub(crate) fn inverse_flattening(&self) -> f64 {
        match self.shape {
            Shape::InverseFlattening(inverse) => inverse,
            Shape::SemiMinor(b) if b == self.semi_major => 0.0,
            Shape::SemiMinor(b) => self.semi_major / (self.semi_major - b),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PrimeMeridian {
    pub(crate) name: String,
    pub(crate) longitude: f64,
    pub(crate) unit: Unit,
    pub(crate) id: Option<Id>,
}

impl PrimeMeridian {
    pub(crate) fn greenwich() -> Self {
        let id = Some(Id::epsg(8901));
        Self { name: "Greenwich".to_owned(), longitude: 0.0, unit: Unit::degree(), id }
    }

    pub(crate) fn degrees(&self) -> f64 {
        self.unit.convert(self.longitude, &Unit::degree())
    }
}

/// Realizations that count as one: members, and how well they agree, in metres.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ensemble {
    pub(crate) members: Vec<(String, Option<Id>)>,
    pub(crate) accuracy: String,
}

/// A geodetic datum, or an ensemble of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Datum {
    pub(crate) name: String,
    pub(crate) ellipsoid: Ellipsoid,
    pub(crate) prime_meridian: PrimeMeridian,
    /// The year that the coordinates of a dynamic datum refer to.
    pub(crate) epoch: Option<f64>,
    pub(crate) ensemble: Option<Ensemble>,
    pub(crate) id: Option<Id>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VerticalDatum {
    pub(crate) name: String,
    pub(crate) epoch: Option<f64>,
    pub(crate) ensemble: Option<Ensemble>,
    pub(crate) id: Option<Id>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    pub(crate) name: String,
    pub(crate) abbreviation: String,
    /// As WKT writes it: `north`, `geocentricX`.
    pub(crate) direction: String,
    /// The meridian along which an axis at a pole runs, in degrees.
    pub(crate) meridian: Option<f64>,
    pub(crate) unit: Unit,
}

impl Axis {
    pub(crate) fn new(name: &str, abbreviation: &str, direction: &str, unit: Unit) -> Self {
        let (name, abbreviation) = (name.to_owned(), abbreviation.to_owned());
        Self { name, abbreviation, direction: direction.to_owned(), meridian: None, unit }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CsKind {
    Ellipsoidal,
    Cartesian,
    Vertical,
}

/// A coordinate system: its axes in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cs {
    pub(crate) kind: CsKind,
    pub(crate) axes: Vec<Axis>,
}

impl Cs {
    /// Latitude before longitude.
    pub(crate) fn latitude_longitude(unit: &Unit) -> Self {
        let latitude = Axis::new("Geodetic latitude", "Lat", "north", unit.clone());
        let longitude = Axis::new("Geodetic longitude", "Lon", "east", unit.clone());
        Self { kind: CsKind::Ellipsoidal, axes: vec![latitude, longitude] }
    }

    pub(crate) fn easting_northing(unit: &Unit) -> Self {
        let easting = Axis::new("Easting", "E", "east", unit.clone());
        let northing = Axis::new("Northing", "N", "north", unit.clone());
        Self { kind: CsKind::Cartesian, axes: vec![easting, northing] }
    }

    pub(crate) fn geocentric(unit: &Unit) -> Self {
        let axis = |letter| {
            Axis::new(&format!("Geocentric {letter}"), letter, &format!("geocentric{letter}"), unit.clone())
        };
        Self { kind: CsKind::Cartesian, axes: ["X", "Y", "Z"].map(axis).into() }
    }

    pub(crate) fn height(unit: Unit) -> Self {
        Self { kind: CsKind::Vertical, axes: vec![Axis::new("Gravity-related height", "H", "up", unit)] }
    }

    /// The unit of the first axis.
    pub(crate) fn unit(&self) -> Option<&Unit> {
        self.axes.first().map(|axis| &axis.unit)
    }
}

/// Geographic (2D, 3D) or geocentric: the coordinate system tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Geodetic {
    pub(crate) name: String,
    pub(crate) datum: Datum,
    pub(crate) cs: Cs,
    pub(crate) id: Option<Id>,
}

impl Geodetic {
    /// WGS 84, the target of shifts.
    pub(crate) fn wgs84() -> Self {
        let ellipsoid = Ellipsoid {
            name: "WGS 84".to_owned(),
            semi_major: 6_378_137.0,
            shape: Shape::InverseFlattening(298.257_223_563),
            unit: Unit::metre(),
            id: None,
        };
        let datum = Datum {
            name: "World Geodetic System 1984".to_owned(),
            ellipsoid,
            prime_meridian: PrimeMeridian::greenwich(),
            epoch: None,
            ensemble: None,
            id: None,
        };
        let cs = Cs::latitude_longitude(&Unit::degree());
        Self { name: "WGS 84".to_owned(), datum, cs, id: Some(Id::epsg(4326)) }
    }

    pub(crate) fn is_geocentric(&self) -> bool {
        self.cs.kind == CsKind::Cartesian
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
    pub(crate) id: Option<Id>,
}

impl Parameter {
    /// The value in these units, if it is an angle or a length; a scale in ones.
    pub(crate) fn in_units(&self, angle: &Unit, length: &Unit) -> f64 {
        match self.unit.kind {
            UnitKind::Angle => self.unit.convert(self.value, angle),
            UnitKind::Length => self.unit.convert(self.value, length),
            UnitKind::Scale => self.value * self.unit.factor,
        }
    }
}

/// How ellipsoidal coordinates become plane ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conversion {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) method_id: Option<Id>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) id: Option<Id>,
}

impl Conversion {
    /// EPSG's number of the method.
    pub(crate) fn method_number(&self) -> Option<u32> {
        self.method_id.as_ref().and_then(Id::as_epsg)
    }

    /// The parameter that EPSG gives this number.
    pub(crate) fn parameter(&self, epsg: u32) -> Option<&Parameter> {
        self.parameters.iter().find(|p| p.id.as_ref().and_then(Id::as_epsg) == Some(epsg))
    }

    /// The parameter with this number (0 for none), or else this name.
    pub(crate) fn find(&self, epsg: u32, name: &str) -> Option<&Parameter> {
        let named = || self.parameters.iter().find(|p| p.name.eq_ignore_ascii_case(name));
        self.parameter(epsg).or_else(named)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Projected {
    pub(crate) name: String,
    pub(crate) base: Geodetic,
    pub(crate) conversion: Conversion,
    pub(crate) cs: Cs,
    pub(crate) id: Option<Id>,
    /// What a text says beside it: GDAL keeps a PROJ string here that says more than WKT can.
    pub(crate) remark: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Vertical {
    pub(crate) name: String,
    pub(crate) datum: VerticalDatum,
    pub(crate) cs: Cs,
    pub(crate) id: Option<Id>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compound {
    pub(crate) name: String,
    pub(crate) horizontal: Box<Definition>,
    pub(crate) vertical: Vertical,
    pub(crate) id: Option<Id>,
}

/// A local CRS, tied to no datum of the Earth's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Engineering {
    pub(crate) name: String,
    pub(crate) datum: String,
    pub(crate) cs: Cs,
    pub(crate) id: Option<Id>,
}

/// A CRS with a transformation to WGS 84 beside it: three shifts (metres), three rotations (arc seconds), a scale
/// (parts per million), in the convention of position vectors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bound {
    pub(crate) source: Box<Definition>,
    pub(crate) to_wgs84: [f64; 7],
}

impl Bound {
    /// EPSG's names and numbers of the seven.
    pub(crate) const PARAMETERS: [(&'static str, u32); 7] = [
        ("X-axis translation", 8605),
        ("Y-axis translation", 8606),
        ("Z-axis translation", 8607),
        ("X-axis rotation", 8608),
        ("Y-axis rotation", 8609),
        ("Z-axis rotation", 8610),
        ("Scale difference", 8611),
    ];

    /// EPSG's name and number of the method, and how many of the parameters it has: three if nothing is turned.
    pub(crate) fn method(&self) -> (&'static str, u32, usize) {
        if self.to_wgs84.iter().skip(3).all(|number| *number == 0.0) {
            ("Geocentric translations (geog2D domain)", 9603, 3)
        } else {
            ("Position Vector transformation (geog2D domain)", 9606, 7)
        }
    }
}

/// A CRS, whole.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one for each CRS, and behind a pointer there")]
pub(crate) enum Definition {
    Geodetic(Geodetic),
    Projected(Projected),
    Vertical(Vertical),
    Compound(Compound),
    Engineering(Engineering),
    Bound(Bound),
    /// Known by its number and kind alone: the registry is compiled out, or does not have it.
    Unresolved {
        kind: CrsKind,
        code: Option<u32>,
    },
}

/// What kind of coordinates a CRS has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrsKind {
    /// Latitude and longitude, and perhaps the height above the ellipsoid.
    Geographic,
    /// X, Y and Z from the centre of the Earth.
    Geocentric,
    /// Plane coordinates by a projection.
    Projected,
    /// Heights or depths alone.
    Vertical,
    /// A horizontal CRS and a vertical one.
    Compound,
    /// Of a site or a ship: tied to no datum of the Earth's.
    Engineering,
}

impl Definition {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Geodetic(crs) => &crs.name,
            Self::Projected(crs) => &crs.name,
            Self::Vertical(crs) => &crs.name,
            Self::Compound(crs) => &crs.name,
            Self::Engineering(crs) => &crs.name,
            Self::Bound(crs) => crs.source.name(),
            Self::Unresolved { .. } => "unknown",
        }
    }

    pub(crate) fn id(&self) -> Option<&Id> {
        match self {
            Self::Geodetic(crs) => crs.id.as_ref(),
            Self::Projected(crs) => crs.id.as_ref(),
            Self::Vertical(crs) => crs.id.as_ref(),
            Self::Compound(crs) => crs.id.as_ref(),
            Self::Engineering(crs) => crs.id.as_ref(),
            Self::Bound(crs) => crs.source.id(),
            Self::Unresolved { .. } => None,
        }
    }

    pub(crate) fn kind(&self) -> CrsKind {
        match self {
            Self::Geodetic(crs) if crs.is_geocentric() => CrsKind::Geocentric,
            Self::Geodetic(_) => CrsKind::Geographic,
            Self::Projected(_) => CrsKind::Projected,
            Self::Vertical(_) => CrsKind::Vertical,
            Self::Compound(_) => CrsKind::Compound,
            Self::Engineering(_) => CrsKind::Engineering,
            Self::Bound(crs) => crs.source.kind(),
            Self::Unresolved { kind, .. } => *kind,
        }
    }

    /// The part that says where in the plane: all but a vertical one.
    pub(crate) fn horizontal(&self) -> &Self {
        match self {
            Self::Compound(crs) => &crs.horizontal,
            Self::Bound(crs) => crs.source.horizontal(),
            other => other,
        }
    }

    pub(crate) fn vertical(&self) -> Option<&Vertical> {
        match self {
            Self::Compound(crs) => Some(&crs.vertical),
            Self::Vertical(crs) => Some(crs),
            Self::Bound(crs) => crs.source.vertical(),
            _ => None,
        }
    }

    /// The geodetic CRS that is or lies under this one.
    pub(crate) fn geodetic(&self) -> Option<&Geodetic> {
        match self.horizontal() {
            Self::Geodetic(crs) => Some(crs),
            Self::Projected(crs) => Some(&crs.base),
            _ => None,
        }
    }
}
