"""Makes epsg.bin from the registry that PROJ carries: `python make.py proj.db epsg.bin`.

proj.db lies in the data folder of PROJ, and of pyproj (`pyproj.datadir.get_data_dir()`).
The format is told in src/geo/crs/registry.rs, which reads it.
"""

import sqlite3
import sys
import zlib


def number(value):
    """A number with the 15 digits that PROJ shows, and no more than it needs."""
    return "" if value is None else f"{value:.15g}"


def epoch(value):
    """A year with the digits that it is given with."""
    return "" if value is None else f"{float(value):.15g}"


def table(name, rows):
    rows = [[str(field) for field in row] for row in rows]
    for row in rows:
        assert not any(mark in field for field in row for mark in "\t\n"), row
    return f"#{name}\n" + "".join("\t".join(row).rstrip("\t") + "\n" for row in rows)


def flag(deprecated):
    return "!" if deprecated else ""


def main(source, target):
    db = sqlite3.connect(source)
    ask = lambda query: db.execute(query).fetchall()
    epsg = "auth_name = 'EPSG'"
    out = []

    # Angles written as degrees, minutes and seconds have no factor there: they are degrees.
    out.append(table("unit", [
        (code, name, kind[0], number(factor or 0.0174532925199433)) for code, name, kind, factor in ask(
            "select code, name, type, conv_factor from unit_of_measure"
            f" where {epsg} and type in ('length', 'angle', 'scale') order by cast(code as int)")]))
    out.append(table("ellipsoid", [
        (code, name, number(a), unit, number(f) if f is not None else "", number(b))
        for code, name, a, unit, f, b in ask(
            "select code, name, semi_major_axis, uom_code, inv_flattening, semi_minor_axis from ellipsoid"
            f" where {epsg} order by cast(code as int)")]))
    out.append(table("prime_meridian", [
        (code, name, number(longitude), unit) for code, name, longitude, unit in ask(
            f"select code, name, longitude, uom_code from prime_meridian where {epsg} order by cast(code as int)")]))

    def datums(kind, columns):
        rows = []
        for code, name, year, accuracy, *rest in ask(
                f"select code, name, frame_reference_epoch, ensemble_accuracy{columns} from {kind}_datum"
                f" where {epsg} order by cast(code as int)"):
            members = [member for (member,) in ask(
                f"select member_code from {kind}_datum_ensemble_member where ensemble_code = '{code}'"
                " and ensemble_auth_name = 'EPSG' order by sequence")]
            rows.append((code, name, *rest, epoch(year), number(accuracy), " ".join(map(str, members))))
        return rows

    out.append(table("geodetic_datum", datums("geodetic", ", ellipsoid_code, prime_meridian_code")))
    out.append(table("vertical_datum", datums("vertical", "")))

    kinds = {"ellipsoidal": "e", "Cartesian": "c", "vertical": "v"}
    systems = []
    for code, kind in ask(f"select code, type from coordinate_system where {epsg} order by cast(code as int)"):
        if kind in kinds:
            axes = ask("select name, abbrev, orientation, uom_code from axis where coordinate_system_auth_name = 'EPSG'"
                       f" and coordinate_system_code = '{code}' order by coordinate_system_order")
            systems.append((code, kinds[kind], *(f"{n}|{a}|{o}|{u}" for n, a, o, u in axes)))
    out.append(table("coordinate_system", systems))

    parameters, methods, conversions = {}, {}, []
    for row in ask(f"select * from conversion where {epsg} order by cast(code as int)"):
        code, name = row[1], row[2]
        method, method_name = row[5], row[6]
        keys, values = [], []
        for at in range(7, 7 + 7 * 6, 6):
            _, key, key_name, value, _, unit = row[at:at + 6]
            if key is None:
                continue
            if value is None or unit is None:
                keys = None
                break
            parameters[key] = key_name
            keys.append(key)
            values.append(f"{number(value)}|{unit}")
        if keys is None or not keys:
            continue
        methods.setdefault(method, (method_name, {}))[1].setdefault(tuple(keys), 0)
        order = list(methods[method][1]).index(tuple(keys))
        assert order == 0, (code, method)
        conversions.append((code, name, method, *values))
    out.append(table("parameter", sorted(parameters.items(), key=lambda item: int(item[0]))))
    out.append(table("method", [(code, name, " ".join(map(str, next(iter(orders)))))
                                for code, (name, orders) in sorted(methods.items(), key=lambda item: int(item[0]))]))
    out.append(table("conversion", conversions))

    types = {"geographic 2D": "2", "geographic 3D": "3", "geocentric": "c"}
    known = {row[0] for row in systems}
    out.append(table("geodetic_crs", [
        (code, name, types[kind], system, datum, flag(old)) for code, name, kind, system, datum, old in ask(
            "select code, name, type, coordinate_system_code, datum_code, deprecated from geodetic_crs"
            f" where {epsg} order by cast(code as int)") if kind in types and system in known]))
    told = {row[0] for row in conversions}
    out.append(table("projected_crs", [
        (code, name, system, base, conversion, flag(old)) for code, name, system, base, conversion, old in ask(
            "select code, name, coordinate_system_code, geodetic_crs_code, conversion_code, deprecated"
            f" from projected_crs where {epsg} order by cast(code as int)") if system in known and conversion in told]))
    out.append(table("vertical_crs", [
        (code, name, system, datum, flag(old)) for code, name, system, datum, old in ask(
            "select code, name, coordinate_system_code, datum_code, deprecated from vertical_crs"
            f" where {epsg} order by cast(code as int)")]))
    out.append(table("compound_crs", [
        (code, name, horizontal, vertical, flag(old)) for code, name, horizontal, vertical, old in ask(
            "select code, name, horiz_crs_code, vertical_crs_code, deprecated from compound_crs"
            f" where {epsg} order by cast(code as int)")]))
    for kind in ("geodetic_datum", "vertical_datum", "geodetic_crs", "projected_crs", "ellipsoid", "vertical_crs"):
        out.append(table(f"{kind}_esri", ask(
            f"select code, alt_name from alias_name where {epsg} and table_name = '{kind}' and source = 'ESRI'"
            " order by cast(code as int), alt_name")))

    # Shifts to WGS 84 in the convention of position vectors, in metres, seconds and parts per million.
    shifts = []
    for source, method, *values in ask(
            "select source_crs_code, method_code, tx, ty, tz, rx, ry, rz, scale_difference,"
            " translation_uom_code, rotation_uom_code, scale_difference_uom_code from helmert_transformation_table"
            f" where {epsg} and target_crs_code = '4326' and source_crs_auth_name = 'EPSG' and deprecated = 0"
            " and method_code in ('9603', '9606', '9607') order by cast(source_crs_code as int), cast(code as int)"):
        *numbers, metres, seconds, parts = values
        if str(metres) == "9001" and str(seconds) in ("9104", "None") and str(parts) in ("9202", "None"):
            sign = -1 if str(method) == "9607" else 1
            numbers = [(value or 0) * (sign if place in (3, 4, 5) else 1) for place, value in enumerate(numbers)]
            shifts.append((source, " ".join(number(value + 0) for value in numbers)))
    out.append(table("to_wgs84", shifts))

    # Projected CRSs out of use that one other has replaced.
    out.append(table("replacement", ask(
        "select deprecated_code, min(replacement_code) from deprecation where table_name = 'projected_crs'"
        " and deprecated_auth_name = 'EPSG' and replacement_auth_name = 'EPSG' group by deprecated_code"
        " having count(*) = 1 order by cast(deprecated_code as int)")))

    text = "".join(out).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9)
    packed = packer.compress(text) + packer.flush()
    with open(target, "wb") as file:
        file.write(len(text).to_bytes(4, "little") + packed)
    print(f"{len(text)} bytes, packed {len(packed)}", {part.split(chr(10))[0]: part.count(chr(10)) - 1 for part in out})


if __name__ == "__main__":
    main(*sys.argv[1:])
